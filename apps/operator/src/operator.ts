import type { Cluster } from '@esox/cluster';
import { Controllers, type ControllerObserver } from '@esox/controllers';
import { ClientPool } from '@esox/core/engine';
import { createHttpClient, steadyClock, systemClock } from '@esox/core/host';
import type { PluginCatalog } from '@esox/loader';
import { type OperatorLog, sharedLog } from './log/log.ts';
import { Metrics } from './metrics/metrics.ts';
import { CatalogPlugins } from './plugins/catalog-plugins.ts';
import { readPodToken } from './settings/pod-token.ts';
import type { Settings } from './settings/settings.ts';

export interface Parts {
  readonly settings: Settings;
  readonly cluster: Cluster;
  readonly catalog: PluginCatalog;
  readonly metrics: Metrics;
  readonly logger: OperatorLog;
}

export function metricsOf({ reportedStoreKinds: storeKinds, flags }: Settings): Metrics {
  return new Metrics({ storeKinds, extendedLabels: flags.enableExtendedMetricLabels });
}

/** The controllers over a cluster, with everything that they are given. */
export function assemble({ settings, cluster, catalog, metrics, logger }: Parts): Controllers {
  const { flags, namespace, storeKinds: kinds, reportedStoreKinds: reportedKinds, concurrency, proxy } = settings;
  const pool = new ClientPool({ clock: steadyClock, observer: metrics.engine });
  const observer = loggingBugs(metrics.controllers, logger);
  // Of a plugin, most likely: it ends nothing that others need.
  process.on('unhandledRejection', (error) => {
    observer.unexpected?.({
      controller: 'process',
      key: '',
      error: error instanceof Error ? error : new Error('none'),
    });
  });
  return new Controllers({
    cluster,
    pool,
    clock: systemClock,
    steady: steadyClock,
    log: sharedLog(logger),
    plugins: new CatalogPlugins(catalog),
    observer,
    http: (options) => createHttpClient({ ...options, environmentProxy: proxy }),
    environment: settings.environment,
    podToken: readPodToken,
    settings: {
      namespace,
      concurrency,
      kinds,
      reportedKinds,
      controllerClass: flags.controllerClass,
      floodGate: flags.enableFloodGate,
      storeRequeueIntervalMs: flags.storeRequeueInterval,
    },
  });
}

/** A bug is counted, and also logged with the place where it happened. */
function loggingBugs(observer: ControllerObserver, logger: OperatorLog): ControllerObserver {
  return {
    ...observer,
    unexpected: (event) => {
      observer.unexpected?.(event);
      const { controller, key, error } = event;
      logger.error({ controller, key, error, cause: error.cause }, 'unexpected error');
    },
  };
}
