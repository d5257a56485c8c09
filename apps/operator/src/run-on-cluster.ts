import type { Controllers } from '@esox/controllers';
import { type Connection, connectKube, findConnection, type KubeCluster, type LeaderLease } from '@esox/cluster/kube';
import { steadyClock } from '@esox/core/host';
import { ScrapeGuard } from './health/scrape-guard.ts';
import { type Health, serveHealth } from './health/serve.ts';
import { joinElection, LeadershipLost } from './leadership.ts';
import type { OperatorLog } from './log/log.ts';
import { kubeObserver } from './metrics/kube-observer.ts';
import type { Metrics } from './metrics/metrics.ts';
import { assemble, metricsOf } from './operator.ts';
import { openCatalog } from './plugins/open-catalog.ts';
import { SettingsError } from './settings/settings-error.ts';
import type { Settings } from './settings/settings.ts';
import { stopWorking, unlessAborted } from './stopping.ts';
import { version } from './version.ts';

interface Running {
  readonly settings: Settings;
  readonly logger: OperatorLog;
  readonly controllers: Controllers;
  readonly health: Health;
  readonly lease: LeaderLease | undefined;
}

/** Serves a cluster until `stop` aborts. Throws LeadershipLost when another replica may be working. */
export async function runOnCluster(settings: Settings, logger: OperatorLog, stop: AbortSignal): Promise<void> {
  const connection = await connect(settings);
  const catalog = await openCatalog(settings, logger);
  const metrics = metricsOf(settings);
  const options = { connection, clock: steadyClock, userAgent: `esox/${version}`, fieldManager: 'external-secrets' };
  const observer = kubeObserver(metrics, logger);
  // A connection for itself, so that nothing holds a renewal up; half of the deadline, so that two tries fit into it.
  const own = { ...options, requestTimeoutMs: (settings.leaderElection?.renewDeadlineMs ?? 10_000) / 2 };
  const apart = connectKube({ ...own, observer });
  const lease = election(settings, connection, { cluster: apart, metrics, logger });
  const { namespace } = settings;
  const scope = { ...(namespace ? { namespace } : {}), ...(lease ? { mayWrite: () => lease.isHeld() } : {}) };
  const cluster = connectKube({ ...options, ...scope, observer });
  const controllers = assemble({ settings, cluster, catalog, metrics, logger });
  const health = await serveHealth({ settings, controllers, catalog, metrics, guard: guard(settings, apart) });
  try {
    logger.info({ version, server: connection.server.host, namespace: namespace ?? 'all' }, 'serving');
    await work({ settings, logger, controllers, health, lease }, stop);
  } finally {
    await cluster.close();
    await apart.close();
    await health.close();
  }
}

/** From the first list to the last write. */
async function work({ settings, logger, controllers, health, lease }: Running, stop: AbortSignal): Promise<void> {
  let graceMs = settings.flags.shutdownGracePeriod;
  try {
    await unlessAborted(controllers.synced(), stop);
    health.setReady();
    if (lease) await lead(lease, logger, stop);
    const serving = controllers.start(stop).then(() => forever);
    await unlessAborted(Promise.race([serving, lease ? untilLost(lease) : forever]), stop);
  } catch (error) {
    if (error instanceof LeadershipLost) graceMs = 0;
    if (!stop.aborted) throw error;
  } finally {
    logger.info('stopping');
    health.setStopping();
    await stopWorking(controllers, graceMs, logger);
    // Last: until now nobody else may write.
    await lease?.release(AbortSignal.timeout(5_000));
  }
}

const forever = new Promise<never>(() => undefined);

async function untilLost(lease: LeaderLease): Promise<never> {
  await lease.lost;
  throw new LeadershipLost(
    'the Lease is no longer surely ours, so another replica may be working: this one ends, to be started anew',
  );
}

async function lead(lease: LeaderLease, logger: OperatorLog, stop: AbortSignal): Promise<void> {
  logger.info('standing by');
  await lease.acquire(stop);
  logger.info('leading');
}

async function connect({ environment, kubeconfig }: Settings): Promise<Connection> {
  const connection = await findConnection({ clock: steadyClock, environment, ...(kubeconfig ? { kubeconfig } : {}) });
  if (connection) return connection;
  throw new SettingsError(
    'no cluster is configured: set KUBECONFIG or --kubeconfig, run inside a Pod, or serve a folder with --embedded',
  );
}

function election(
  { leaderElection }: Settings,
  { namespace = 'default' }: Connection,
  rest: { readonly cluster: KubeCluster; readonly metrics: Metrics; readonly logger: OperatorLog },
): LeaderLease | undefined {
  return leaderElection && joinElection({ settings: leaderElection, namespace, ...rest });
}

function guard({ metrics }: Settings, cluster: KubeCluster): ScrapeGuard | undefined {
  if (!metrics?.authorized) return undefined;
  const review = (token: string) => cluster.reviewAccess(token, '/metrics', { signal: AbortSignal.timeout(10_000) });
  return new ScrapeGuard({ clock: steadyClock, review });
}
