import { type Controllers, isBusy } from '@esox/controllers';
import type { PluginCatalog } from '@esox/loader';
import { watchControllers } from '../metrics/controller-metrics.ts';
import { EventLoopLag } from '../metrics/event-loop-lag.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { Settings } from '../settings/settings.ts';
import { listen } from './listen.ts';
import { serveMetrics } from './metrics-server.ts';
import { json, type Routes, text } from './probe-server.ts';
import { Progress } from './progress.ts';
import type { ScrapeGuard } from './scrape-guard.ts';

export interface Served {
  readonly settings: Settings;
  readonly controllers: Controllers;
  readonly catalog: PluginCatalog;
  readonly metrics: Metrics;
  /** Who may read metrics; everybody without it. */
  readonly guard?: ScrapeGuard | undefined;
}

export interface Health {
  setReady(): void;
  setStopping(): void;
  close(): Promise<void>;
}

/** Opens the ports for probes, listings and metrics. */
export async function serveHealth({ settings, controllers, catalog, metrics, guard }: Served): Promise<Health> {
  let state: 'starting' | 'ready' | 'stopping' = 'starting';
  const progress = new Progress(() => isBusy(controllers));
  metrics.onProgress = () => progress.note();
  watchControllers(metrics, controllers, settings.concurrency);
  const lag = new EventLoopLag(metrics);
  const live: Routes = {
    // Whoever does not answer at all is not live, either.
    '/healthz': () => (progress.isStuck ? text(503, 'work stands still') : text(200, 'ok')),
    '/readyz': () => (state === 'ready' ? text(200, 'ok') : text(503, state)),
    '/plugins': () => json(catalog.list()),
  };
  const opened: (() => Promise<void>)[] = [async () => lag.stop(), async () => progress.stop()];
  const close = async () => void (await Promise.all(opened.map((stop) => stop())));
  try {
    const { liveAddress } = settings;
    const probes = liveAddress && (await listen('--live-addr', liveAddress, live));
    if (probes) opened.push(() => probes.close());
    if (settings.metrics) opened.push(await serveMetrics(settings.metrics, metrics, guard));
  } catch (error) {
    await close();
    throw error;
  }
  return { setReady: () => void (state = 'ready'), setStopping: () => void (state = 'stopping'), close };
}
