import { relative } from 'node:path';
import { type EmbeddedCluster, openEmbedded } from '@esox/cluster/embedded';
import { admitManifest, type Controllers, isSettled, overviewOf } from '@esox/controllers';
import { systemClock } from '@esox/core/host';
import type { OperatorLog } from './log/log.ts';
import { serveHealth } from './health/serve.ts';
import { assemble, metricsOf } from './operator.ts';
import { stopWorking, unlessAborted } from './stopping.ts';
import { openCatalog } from './plugins/open-catalog.ts';
import type { Settings } from './settings/settings.ts';
import { createTable, type TableOutput } from './terminal/live-table.ts';
import { type Snapshot, snapshotOf } from './terminal/snapshot.ts';
import { summary, toJson } from './terminal/summary.ts';

/** How long one pass may take before `--once` reports what there is. */
const oncePatienceMs = 60_000;
const lookEveryMs = 100;

export interface EmbeddedRun {
  readonly settings: Settings;
  readonly folders: NonNullable<Settings['embedded']>;
  readonly logger: OperatorLog;
  readonly stop: AbortSignal;
  readonly out: TableOutput;
}

/** Serves a folder of manifests. Answers whether everything was in sync at the end. */
export async function runEmbedded(run: EmbeddedRun): Promise<boolean> {
  const { settings, folders, logger, stop } = run;
  const catalog = await openCatalog(settings, logger);
  const metrics = metricsOf(settings);
  const cluster = await openEmbedded({
    ...folders,
    format: settings.flags.outputFormat,
    validate: admitManifest,
    onListenerError: (error) => logger.error({ error }, 'unexpected error'),
  });
  const controllers = assemble({ settings, cluster, catalog, metrics, logger });
  const health = await serveHealth({ settings, controllers, catalog, metrics });
  try {
    await unlessAborted(controllers.start(stop), stop);
    health.setReady();
    const look = () => lookAt(cluster, controllers);
    return settings.flags.once ? await once(run, controllers, look) : await follow(run, look);
  } catch (error) {
    if (!stop.aborted) throw error;
    return false;
  } finally {
    await stopWorking(controllers, settings.flags.shutdownGracePeriod, logger);
    await cluster.close();
    await health.close();
  }
}

/** Shows the table until the user stops it. */
async function follow({ settings, folders, stop, out }: EmbeddedRun, look: () => Snapshot): Promise<boolean> {
  if (settings.flags.output === 'json') {
    await until(stop, () => false);
    const last = look();
    out.write(`${toJson(last)}\n`);
    return summary(last).inSync;
  }
  const title = `Esox over ${shortPath(folders.manifests)}, Secrets in ${shortPath(folders.output)}. Ctrl-C ends it.`;
  const table = createTable(out, { title, now: () => systemClock.now() });
  await until(stop, () => {
    table.update(look());
    return false;
  });
  table.close();
  return summary(look()).inSync;
}

/** Waits until every object has had its pass, and reports. */
async function once(
  { settings, stop, out }: EmbeddedRun,
  controllers: Controllers,
  look: () => Snapshot,
): Promise<boolean> {
  const deadline = systemClock.now() + oncePatienceMs;
  let settled = 0;
  await until(stop, () => {
    settled = isSettled(controllers) ? settled + 1 : 0;
    // Twice in a row: between two looks an object may be on its way from one queue to another.
    return settled >= 2 || systemClock.now() > deadline;
  });
  const last = look();
  const { text, inSync } = summary(last);
  out.write(`${settings.flags.output === 'json' ? toJson(last) : text}\n`);
  return inSync;
}

async function until(stop: AbortSignal, isEnough: () => boolean): Promise<void> {
  while (!stop.aborted && !isEnough()) await systemClock.sleep(lookEveryMs, stop).catch(() => {});
}

function lookAt(cluster: EmbeddedCluster, controllers: Controllers): Snapshot {
  const rows = overviewOf(controllers).map(({ source, target, ...object }) => ({
    ...object,
    store: source.join(', '),
    target: target === undefined ? undefined : shortPath(cluster.outputFile(target)),
  }));
  const problems = cluster.problems().map(({ file, document, object, path, message }) => ({
    where: [document > 0 ? `${file}, document ${document}` : file, object].filter(Boolean).join(', '),
    message: [path, message].filter(Boolean).join(' '),
  }));
  return snapshotOf(systemClock.now(), rows, problems);
}

function shortPath(path: string): string {
  const short = relative('.', path);
  return short === '' ? '.' : short.startsWith('..') ? path : short;
}
