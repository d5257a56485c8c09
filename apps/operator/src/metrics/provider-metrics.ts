import type { CallEvent, EngineObserver } from '@esox/core/engine';
import type { Registry } from 'prom-client';
import Counter from 'prom-client/lib/counter.js';
import Gauge from 'prom-client/lib/gauge.js';
import Histogram from 'prom-client/lib/histogram.js';

const callKinds: readonly CallEvent['kind'][] = ['read', 'find', 'check', 'connect'];
const outcomes = ['success', 'error'] as const;
const storeKinds: Readonly<Record<string, string>> = {
  secretstore: 'SecretStore',
  clustersecretstore: 'ClusterSecretStore',
};

/** What goes out to providers, and what needs not. */
export class ProviderMetrics {
  readonly observer: EngineObserver;
  readonly #byStore: Counter<'store' | 'call' | 'status'>;

  constructor(registry: Registry) {
    const registers = [registry];
    const provider = { labelNames: ['provider'] as const, registers };
    const calls = new Counter({
      name: 'externalsecret_provider_api_calls_count',
      help: 'Calls of providers.',
      labelNames: ['provider', 'call', 'status'],
      registers,
    });
    this.#byStore = new Counter({
      name: 'esox_store_calls_total',
      help: 'Calls of providers by store.',
      labelNames: ['store', 'call', 'status'],
      registers,
    });
    const batch = new Histogram({
      ...provider,
      name: 'esox_read_batch_size',
      help: 'Keys in one call that reads.',
      buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000],
    });
    const joined = new Counter({
      ...provider,
      name: 'esox_reads_joined_total',
      help: 'Reads that joined an equal one.',
    });
    const hits = new Counter({ ...provider, name: 'esox_read_cache_hits_total', help: 'Reads answered from memory.' });
    const pauses = new Counter({
      ...provider,
      name: 'esox_provider_pauses_total',
      help: 'Times a backend asked to wait.',
    });
    const bytes = new Gauge({ name: 'esox_read_cache_bytes', help: 'Bytes that are kept of reads.', registers });
    const clients = new Gauge({ name: 'esox_provider_clients', help: 'Connected clients.', registers });
    this.observer = {
      call: ({ provider: id, store, kind: call, refs, ok }) => {
        const status = ok ? 'success' : 'error';
        calls.inc({ provider: id, call, status });
        this.#byStore.inc({ store, call, status });
        if (call === 'read') batch.observe({ provider: id }, refs);
      },
      joined: (id) => joined.inc({ provider: id }),
      cacheHit: (id) => hits.inc({ provider: id }),
      cacheBytes: (count) => bytes.set(count),
      paused: (id) => pauses.inc({ provider: id }),
      clients: (count) => clients.set(count),
    };
  }

  /** A store that is gone leaves no series behind. */
  forgotten(controller: string, key: string): void {
    const kind = storeKinds[controller];
    if (kind === undefined) return;
    for (const call of callKinds) {
      for (const status of outcomes) this.#byStore.remove({ store: `${kind}/${key}`, call, status });
    }
  }
}
