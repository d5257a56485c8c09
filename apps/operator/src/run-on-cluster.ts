import { connectKube, findConnection } from '@esox/cluster/kube';
import { systemClock } from '@esox/core/host';
import type { PluginCatalog } from '@esox/loader';
import type { OperatorLog } from './log/log.ts';
import { serveHealth } from './health/serve.ts';
import { kubeObserver } from './metrics/kube-observer.ts';
import { Metrics } from './metrics/metrics.ts';
import { assemble } from './operator.ts';
import { openCatalog } from './plugins/open-catalog.ts';
import { SettingsError } from './settings/settings-error.ts';
import type { Settings } from './settings/settings.ts';
import { version } from './version.ts';

/** Serves a cluster until `stop` aborts. */
export async function runOnCluster(settings: Settings, logger: OperatorLog, stop: AbortSignal): Promise<void> {
  const { flags, namespace, environment, kubeconfig } = settings;
  const connection = await findConnection({ clock: systemClock, environment, ...(kubeconfig ? { kubeconfig } : {}) });
  if (!connection) {
    throw new SettingsError(
      'no cluster is configured: set KUBECONFIG or --kubeconfig, run inside a Pod, or serve a folder with --embedded',
    );
  }
  const catalog: PluginCatalog = await openCatalog(settings, logger);
  const metrics = new Metrics();
  const cluster = connectKube({
    connection,
    clock: systemClock,
    userAgent: `esox/${version}`,
    fieldManager: 'external-secrets',
    observer: kubeObserver(metrics, logger),
    ...(namespace ? { namespace } : {}),
  });
  const controllers = assemble({ settings, cluster, catalog, metrics, logger });
  const health = await serveHealth({ settings, controllers, catalog, metrics });
  try {
    await controllers.start(stop);
    health.setReady();
    logger.info({ version, server: connection.server.host, namespace: namespace ?? 'all' }, 'serving');
    if (!stop.aborted) await new Promise((resolve) => stop.addEventListener('abort', resolve, { once: true }));
  } catch (error) {
    if (!stop.aborted) throw error;
  } finally {
    logger.info('stopping');
    health.setStopping();
    await controllers.stop(flags.shutdownGracePeriod);
    await cluster.close();
    await health.close();
  }
}
