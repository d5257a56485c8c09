import type { ControllerObserver } from '@esox/controllers';
import type { EngineObserver } from '@esox/core/engine';
import Counter from 'prom-client/lib/counter.js';
import Gauge from 'prom-client/lib/gauge.js';
import Histogram from 'prom-client/lib/histogram.js';
import Registry from 'prom-client/lib/registry.js';
import { ObjectMetrics } from './object-metrics.ts';

/** Requests to the API server, as the cluster side counts them. */
export interface RequestEvent {
  readonly verb: string;
  readonly resource: string;
  readonly status: number;
}

/** All metrics of the process, by ESO's names where ESO has them. */
export class Metrics {
  readonly registry = new Registry();
  readonly #objects = new ObjectMetrics(this.registry);
  readonly #reconcileTotal = counter(this.registry, 'controller_runtime_reconcile_total', 'Passes by outcome.', [
    'controller',
    'result',
  ]);
  readonly #reconcileTime = new Histogram({
    name: 'controller_runtime_reconcile_time_seconds',
    help: 'Duration of passes.',
    labelNames: ['controller'],
    buckets: [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers: [this.registry],
  });
  readonly #providerCalls = counter(this.registry, 'externalsecret_provider_api_calls_count', 'Calls of providers.', [
    'provider',
    'call',
    'status',
  ]);
  readonly #providerRefs = counter(this.registry, 'esox_provider_refs_total', 'Keys in calls of providers.', [
    'provider',
    'call',
  ]);
  readonly #joined = counter(this.registry, 'esox_reads_joined_total', 'Reads that joined an equal one.', ['provider']);
  readonly #cacheHits = counter(this.registry, 'esox_read_cache_hits_total', 'Reads answered from memory.', [
    'provider',
  ]);
  readonly #cacheBytes = gauge(this.registry, 'esox_read_cache_bytes', 'Bytes in the freshness cache.');
  readonly #clients = gauge(this.registry, 'esox_provider_clients', 'Connected clients.');
  readonly #avoided = counter(this.registry, 'esox_writes_avoided_total', 'Writes that were not needed.', ['resource']);
  readonly #requests = counter(this.registry, 'esox_kubernetes_requests_total', 'Requests to the API server.', [
    'verb',
    'resource',
    'code',
  ]);
  readonly #unexpected = counter(this.registry, 'esox_unexpected_errors_total', 'Bugs that were caught.', [
    'controller',
  ]);

  readonly engine: EngineObserver = {
    call: ({ provider, kind, refs, ok }) => {
      this.#providerCalls.inc({ provider, call: kind, status: ok ? 'success' : 'error' });
      this.#providerRefs.inc({ provider, call: kind }, refs);
    },
    joined: (provider) => this.#joined.inc({ provider }),
    cacheHit: (provider) => this.#cacheHits.inc({ provider }),
    cacheBytes: (bytes) => this.#cacheBytes.set(bytes),
    clients: (count) => this.#clients.set(count),
  };

  readonly controllers: ControllerObserver = {
    reconciled: (event) => {
      this.#reconcileTotal.inc({ controller: event.controller, result: event.outcome });
      this.#reconcileTime.observe({ controller: event.controller }, event.durationMs / 1000);
      this.#objects.reconciled(event);
    },
    condition: (event) => this.#objects.condition(event),
    forgotten: (controller, key) => this.#objects.forgotten(controller, key),
    writeAvoided: (resource) => this.#avoided.inc({ resource }),
    unexpected: ({ controller }) => this.#unexpected.inc({ controller }),
  };

  request({ verb, resource, status }: RequestEvent): void {
    this.#requests.inc({ verb, resource, code: String(status) });
  }

  /** The gauge of Kubernetes' own components: 1 for the leader. */
  watchLeader(name: string, isLeader: () => boolean): void {
    new Gauge({
      name: 'leader_election_master_status',
      help: 'Whether this replica is the leader.',
      labelNames: ['name'],
      registers: [this.registry],
      collect() {
        this.set({ name }, isLeader() ? 1 : 0);
      },
    });
  }

  /** A gauge that is asked when the metrics are. */
  watch(name: string, help: string, read: () => number): void {
    new Gauge({
      name,
      help,
      registers: [this.registry],
      collect() {
        this.set(read());
      },
    });
  }
}

function counter<L extends string>(registry: Registry, name: string, help: string, labelNames: L[]): Counter<L> {
  return new Counter({ name, help, labelNames, registers: [registry] });
}

function gauge(registry: Registry, name: string, help: string): Gauge {
  return new Gauge({ name, help, registers: [registry] });
}
