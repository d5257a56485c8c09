import type { Controllers } from '@esox/controllers';
import type { PluginCatalog } from '@esox/loader';
import { HealthServer, json, type Routes, text } from './health-server.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { Address } from '../settings/address.ts';
import { SettingsError } from '../settings/settings-error.ts';
import type { Settings } from '../settings/settings.ts';

export interface Served {
  readonly settings: Settings;
  readonly controllers: Controllers;
  readonly catalog: PluginCatalog;
  readonly metrics: Metrics;
}

export interface Health {
  setReady(): void;
  setStopping(): void;
  close(): Promise<void>;
}

/** Opens the ports for probes, listings and metrics. */
export async function serveHealth({ settings, controllers, catalog, metrics }: Served): Promise<Health> {
  let state: 'starting' | 'ready' | 'stopping' = 'starting';
  watchQueues(metrics, controllers);
  const live: Routes = {
    '/healthz': () => text(200, 'ok'),
    '/readyz': () => (state === 'ready' ? text(200, 'ok') : text(503, state)),
    '/plugins': () => json(catalog.list()),
  };
  const prometheus: Routes = {
    '/metrics': async () => ({
      status: 200,
      contentType: metrics.registry.contentType,
      body: await metrics.registry.metrics(),
    }),
  };
  const listening = [
    await listen('--live-addr', settings.liveAddress, live),
    await listen('--metrics-addr', settings.metrics?.address, prometheus),
  ];
  const servers = listening.filter((server) => server !== undefined);
  return {
    setReady: () => void (state = 'ready'),
    setStopping: () => void (state = 'stopping'),
    close: async () => void (await Promise.all(servers.map((server) => server.close()))),
  };
}

async function listen(flag: string, address: Address | undefined, routes: Routes): Promise<HealthServer | undefined> {
  if (!address) return undefined;
  try {
    return await HealthServer.listen(address, routes);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    const where = `${address.host ?? ''}:${address.port}`;
    throw new SettingsError(
      `cannot listen on ${where} (${code}): free the port, or set ${flag} to another one or to 0`,
    );
  }
}

function watchQueues(metrics: Metrics, controllers: Controllers): void {
  const { queue } = controllers.externalSecrets;
  metrics.watch('esox_objects_in_work', 'ExternalSecrets in work.', () => queue.stats().inWork);
  metrics.watch('esox_objects_delayed', 'ExternalSecrets that wait for their time.', () => queue.stats().delayed);
  metrics.watch(
    'esox_objects_parked',
    'ExternalSecrets that wait for their store.',
    () => controllers.externalSecrets.parked,
  );
  metrics.watch('esox_oldest_overdue_seconds', 'How long the oldest due ExternalSecret has waited.', () => {
    return queue.stats().oldestOverdueMs / 1000;
  });
  metrics.watch('workqueue_depth', 'ExternalSecrets that wait for a worker.', () => {
    return Object.values(queue.stats().waiting).reduce((sum, count) => sum + count, 0);
  });
}
