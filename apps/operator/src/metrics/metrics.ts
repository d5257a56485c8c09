import type { ControllerObserver, StoreKind } from '@esox/controllers';
import type { EngineObserver } from '@esox/core/engine';
import type { Registry as RegistryType } from 'prom-client';
import Counter from 'prom-client/lib/counter.js';
import Gauge from 'prom-client/lib/gauge.js';
import Histogram from 'prom-client/lib/histogram.js';
import Registry from 'prom-client/lib/registry.js';
import { type Labels, ObjectMetrics } from './object-metrics.ts';
import { ProviderMetrics } from './provider-metrics.ts';

/** Requests to the API server, as the cluster side counts them. */
export interface RequestEvent {
  readonly verb: string;
  readonly resource: string;
  readonly status: number | undefined;
}

export interface MetricsOptions {
  /** Kinds of stores whose metrics are kept. */
  readonly storeKinds: readonly StoreKind[];
  /** Labels of objects are added to their metrics. */
  readonly extendedLabels: boolean;
}

/** All metrics of the process, by the names of ESO and of Kubernetes' own libraries where they have them. */
export class Metrics {
  readonly registry: RegistryType = new Registry();
  readonly engine: EngineObserver;
  readonly controllers: ControllerObserver;
  /** Told whenever a pass, a call of a provider or a request has ended. */
  onProgress: () => void = () => {};
  readonly #objects: ObjectMetrics;
  readonly #requests = this.#counter('esox_kubernetes_requests_total', 'Requests to the API server.', [
    'verb',
    'resource',
    'code',
  ]);
  readonly #relists = this.#counter('esox_watch_relists_total', 'Lists that were read anew.', ['resource', 'reason']);
  readonly #watchFailures = this.#counter('esox_watch_failures_total', 'Lists and watches that failed and went on.', [
    'resource',
  ]);

  constructor({ storeKinds, extendedLabels }: MetricsOptions) {
    const kinds = ['externalsecret', ...storeKinds.map((kind) => kind.toLowerCase())];
    this.#objects = new ObjectMetrics(this.registry, { kinds, extendedLabels });
    const providers = new ProviderMetrics(this.registry);
    this.engine = {
      ...providers.observer,
      call: (event) => {
        providers.observer.call?.(event);
        this.onProgress();
      },
    };
    this.controllers = this.#controllerObserver(providers);
  }

  request({ verb, resource, status = 0 }: RequestEvent): void {
    this.#requests.inc({ verb, resource, code: String(status) });
    // A watch that ends is no work done.
    if (verb !== 'watch') this.onProgress();
  }

  relisted(event: { readonly resource: string; readonly reason: string }): void {
    this.#relists.inc({ ...event });
  }

  watchFailed(resource: string): void {
    this.#watchFailures.inc({ resource });
  }

  /** Where the labels of an object are looked up; undefined for one that is gone. */
  set labelsOf(lookup: (controller: string, key: string) => Labels | undefined) {
    this.#objects.labelsOf = lookup;
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

  /** The same with a value for each of several things. */
  watchEach({ name, help, label }: { name: string; help: string; label: string }, read: () => Values): void {
    new Gauge({
      name,
      help,
      labelNames: [label],
      registers: [this.registry],
      collect() {
        for (const [thing, value] of Object.entries(read())) this.set({ [label]: thing }, value);
      },
    });
  }

  #controllerObserver(providers: ProviderMetrics): ControllerObserver {
    const total = this.#counter('controller_runtime_reconcile_total', 'Passes by outcome.', ['controller', 'result']);
    const avoided = this.#counter('esox_writes_avoided_total', 'Writes that were not needed.', ['resource']);
    const bugs = this.#counter('esox_unexpected_errors_total', 'Bugs that were caught.', ['controller']);
    const time = new Histogram({
      name: 'controller_runtime_reconcile_time_seconds',
      help: 'Duration of passes.',
      labelNames: ['controller'],
      buckets: [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers: [this.registry],
    });
    return {
      reconciled: (event) => {
        total.inc({ controller: event.controller, result: event.outcome });
        time.observe({ controller: event.controller }, event.durationMs / 1000);
        this.#objects.reconciled(event);
        this.onProgress();
      },
      condition: (event) => this.#objects.condition(event),
      forgotten: (controller, key) => {
        this.#objects.forgotten(controller, key);
        providers.forgotten(controller, key);
      },
      writeAvoided: (resource) => avoided.inc({ resource }),
      unexpected: ({ controller }) => bugs.inc({ controller }),
    };
  }

  #counter<L extends string>(name: string, help: string, labelNames: L[]): Counter<L> {
    return new Counter({ name, help, labelNames, registers: [this.registry] });
  }
}

type Values = Readonly<Record<string, number>>;
