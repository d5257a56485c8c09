import { join } from 'node:path';
import { openEmbedded } from '@esox/cluster/embedded';
import { admitManifest } from '@esox/controllers';
import { PluginCatalog } from '@esox/loader';
import { expect, it } from 'vitest';
import { createLog } from '../log/log.ts';
import { manifestFolder } from '../manifests.fixture.ts';
import { assemble, metricsOf } from '../operator.ts';
import { readSettings } from '../settings/settings.ts';
import { watchControllers, watchLeader } from './controller-metrics.ts';
import { EventLoopLag } from './event-loop-lag.ts';

const page = join(import.meta.dirname, '../../../../docs/reference/metrics.md');
/** Names that dashboards for ESO look for. */
const theirs = /^(externalsecret_|secretstore_|clustersecretstore_|controller_runtime_|workqueue_|leader_election_)/;

interface Described {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly labelNames: readonly string[];
}

/** All metrics of an operator that does everything. */
async function allMetrics(): Promise<Described[]> {
  await using folder = await manifestFolder();
  const settings = readSettings(['--embedded', folder.path], {}, false);
  const logger = createLog({ loglevel: 'fatal', zapTimeEncoding: 'epoch' }, { write: () => {} });
  const { embedded } = settings;
  const cluster = await openEmbedded({ manifests: '', output: '', ...embedded, validate: admitManifest });
  const catalog = await PluginCatalog.open({ coreVersion: '0.1.0' });
  const metrics = metricsOf(settings);
  const controllers = assemble({ settings, cluster, catalog, metrics, logger });
  watchControllers(metrics, controllers, settings.concurrency);
  new EventLoopLag(metrics).stop();
  watchLeader(metrics, 'external-secrets-controller', () => true);
  await controllers.close();
  await cluster.close();
  const types = new Map((await metrics.registry.getMetricsAsJSON()).map(({ name, type }) => [name, String(type)]));
  return metrics.registry.getMetricsAsArray().map((metric) => {
    const { name, help, labelNames } = metric as unknown as Described; // prom-client's types leave them out
    return { name, help, labelNames, type: types.get(name) ?? '' };
  });
}

function table(metrics: readonly Described[]): string[] {
  const rows = metrics
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, type, labelNames, help }) => {
      return `| \`${name}\` | ${type} | ${labelNames.map((label) => `\`${label}\``).join(', ')} | ${help} |`;
    });
  return ['| Metric | Type | Labels | Meaning |', '|---|---|---|---|', ...rows];
}

it('docs/reference/metrics.md lists every metric; `vitest -u` writes it anew', async () => {
  const metrics = await allMetrics();
  const lines = [
    '# Metrics of the operator',
    '',
    '<!-- Written by the test `apps/operator/src/metrics/metrics-page.test.ts`. -->',
    '',
    'Served at `/metrics` of `--metrics-addr` in the format of Prometheus; over TLS with `--metrics-secure`, and to those only whom the cluster allows to get `/metrics` with `--metrics-auth`.',
    '',
    '## As of ESO and of Kubernetes',
    '',
    ...table(metrics.filter(({ name }) => theirs.test(name))),
    '',
    'With `--enable-extended-metric-labels` metrics of objects carry their labels `app.kubernetes.io/name`, `instance`, `version`, `component`, `part-of` and `managed-by` too, as `app_kubernetes_io_name` and so on.',
    '',
    'A condition has the value 1 for its status and 0 for the opposite one. Of an ExternalSecret that is deleted only `condition="Deleted",status="False"` stays; of a store nothing does.',
    '',
    '## Of Esox',
    '',
    ...table(metrics.filter(({ name }) => !theirs.test(name))),
    '',
  ];
  await expect(lines.join('\n')).toMatchFileSnapshot(page);
});
