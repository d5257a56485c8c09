import type { ControllerObserver } from '@esox/controllers';
import type { Registry } from 'prom-client';
import Counter from 'prom-client/lib/counter.js';
import Gauge from 'prom-client/lib/gauge.js';

type Reconciled = Parameters<NonNullable<ControllerObserver['reconciled']>>[0];
type ConditionEvent = Parameters<NonNullable<ControllerObserver['condition']>>[0];
/** Labels of an object, or of a series. */
export type Labels = Readonly<Record<string, string>>;

export interface ObjectMetricsOptions {
  /** `externalsecret`, `secretstore`, `clustersecretstore`: those whose metrics are kept. */
  readonly kinds: readonly string[];
  readonly extendedLabels: boolean;
}

/** Kubernetes' recommended labels. As names of metrics' labels, what is no letter or digit becomes `_`. */
const recommended = ['name', 'instance', 'version', 'component', 'part-of', 'managed-by'].map(
  (name) => `app.kubernetes.io/${name}`,
);
const metricLabel = (label: string): string => label.replaceAll(/[^a-zA-Z0-9]/g, '_');

interface KindMetrics {
  readonly condition: Gauge;
  readonly duration: Gauge;
}

/** ESO's metrics of single objects. */
export class ObjectMetrics {
  readonly #extended: boolean;
  readonly #calls: Counter;
  readonly #errors: Counter;
  readonly #kinds = new Map<string, KindMetrics>();
  /** With which labels an object's series are there now, since those of the object may change. */
  readonly #shown = new Map<string, Labels>();
  labelsOf: (controller: string, key: string) => Labels | undefined = () => ({});

  constructor(registry: Registry, { kinds, extendedLabels }: ObjectMetricsOptions) {
    this.#extended = extendedLabels;
    const identity = ['name', 'namespace', ...(extendedLabels ? recommended.map(metricLabel) : [])];
    const shared = { labelNames: identity, registers: [registry] };
    this.#calls = new Counter({ ...shared, name: 'externalsecret_sync_calls_total', help: 'Passes over the object.' });
    this.#errors = new Counter({ ...shared, name: 'externalsecret_sync_calls_error', help: 'Passes that failed.' });
    for (const kind of kinds) {
      const condition = { name: `${kind}_status_condition`, help: 'Conditions of the object.' };
      const duration = { name: `${kind}_reconcile_duration`, help: 'Duration of the last pass in nanoseconds.' };
      this.#kinds.set(kind, {
        condition: new Gauge({ ...shared, ...condition, labelNames: [...identity, 'condition', 'status'] }),
        duration: new Gauge({ ...shared, ...duration }),
      });
    }
  }

  reconciled({ controller, key, outcome, durationMs }: Reconciled): void {
    const labels = this.#current(controller, key);
    // The pass that finds an object gone leaves nothing of it.
    if (!labels) return;
    this.#kinds.get(controller)?.duration.set(labels, durationMs * 1e6);
    if (controller !== 'externalsecret') return;
    this.#calls.inc(labels);
    if (outcome === 'error') this.#errors.inc(labels);
  }

  condition({ controller, key, type, status }: ConditionEvent): void {
    const gauge = this.#kinds.get(controller)?.condition;
    const labels = this.#current(controller, key);
    if (!gauge || !labels) return;
    if (status !== 'Unknown') {
      gauge.set({ ...labels, condition: type, status: status === 'True' ? 'False' : 'True' }, 0);
    }
    gauge.set({ ...labels, condition: type, status }, 1);
    if (controller === 'externalsecret') gauge.remove({ ...labels, condition: 'Deleted', status: 'False' });
  }

  forgotten(controller: string, key: string): void {
    const labels = this.#shown.get(`${controller}/${key}`) ?? this.#identity(key, {});
    this.#shown.delete(`${controller}/${key}`);
    this.#remove(controller, labels);
    const gauge = this.#kinds.get(controller)?.condition;
    if (controller === 'externalsecret') gauge?.set({ ...labels, condition: 'Deleted', status: 'False' }, 1);
  }

  /** The labels of the object's series; those that it had before are taken away. Undefined when it is gone. */
  #current(controller: string, key: string): Labels | undefined {
    const ofObject = this.labelsOf(controller, key);
    if (!ofObject) return undefined;
    const labels = this.#identity(key, ofObject);
    if (!this.#extended) return labels;
    const shown = this.#shown.get(`${controller}/${key}`);
    if (shown && Object.entries(labels).some(([name, value]) => shown[name] !== value)) {
      this.#remove(controller, shown);
      this.#calls.remove(shown);
      this.#errors.remove(shown);
    }
    this.#shown.set(`${controller}/${key}`, labels);
    return labels;
  }

  #remove(controller: string, labels: Labels): void {
    const { condition, duration } = this.#kinds.get(controller) ?? {};
    for (const status of ['True', 'False', 'Unknown']) condition?.remove({ ...labels, condition: 'Ready', status });
    duration?.remove(labels);
  }

  #identity(key: string, ofObject: Labels): Labels {
    const slash = key.indexOf('/');
    const identity = { name: key.slice(slash + 1), namespace: slash < 0 ? '' : key.slice(0, slash) };
    if (!this.#extended) return identity;
    return {
      ...identity,
      ...Object.fromEntries(recommended.map((label) => [metricLabel(label), ofObject[label] ?? ''])),
    };
  }
}
