import type { ControllerObserver } from '@esox/controllers';
import type { Registry } from 'prom-client';
import Counter from 'prom-client/lib/counter.js';
import Gauge from 'prom-client/lib/gauge.js';

type Reconciled = Parameters<NonNullable<ControllerObserver['reconciled']>>[0];
type ConditionEvent = Parameters<NonNullable<ControllerObserver['condition']>>[0];
type Identity = { name: string; namespace: string };

const controllers = ['externalsecret', 'secretstore', 'clustersecretstore'] as const;

/** ESO's metrics of single objects. */
export class ObjectMetrics {
  readonly #calls: Counter<'name' | 'namespace'>;
  readonly #errors: Counter<'name' | 'namespace'>;
  readonly #conditions = new Map<string, Gauge<'name' | 'namespace' | 'condition' | 'status'>>();
  readonly #durations = new Map<string, Gauge<'name' | 'namespace'>>();

  constructor(registry: Registry) {
    const shared = { labelNames: ['name', 'namespace'] as const, registers: [registry] };
    this.#calls = new Counter({ ...shared, name: 'externalsecret_sync_calls_total', help: 'Passes over the object.' });
    this.#errors = new Counter({ ...shared, name: 'externalsecret_sync_calls_error', help: 'Passes that failed.' });
    for (const controller of controllers) {
      const duration = { name: `${controller}_reconcile_duration`, help: 'Duration of the last pass in nanoseconds.' };
      this.#durations.set(controller, new Gauge({ ...shared, ...duration }));
      const condition = { name: `${controller}_status_condition`, help: 'Conditions of the object.' };
      const labelNames = ['name', 'namespace', 'condition', 'status'] as const;
      this.#conditions.set(controller, new Gauge({ ...condition, labelNames, registers: [registry] }));
    }
  }

  reconciled({ controller, key, outcome, durationMs }: Reconciled): void {
    const identity = identityOf(key);
    this.#durations.get(controller)?.set(identity, durationMs * 1e6);
    if (controller !== 'externalsecret') return;
    this.#calls.inc(identity);
    if (outcome === 'error') this.#errors.inc(identity);
  }

  condition({ controller, key, type, status }: ConditionEvent): void {
    const gauge = this.#conditions.get(controller);
    const identity = identityOf(key);
    for (const each of ['True', 'False'])
      gauge?.set({ ...identity, condition: type, status: each }, each === status ? 1 : 0);
    if (controller === 'externalsecret') gauge?.remove({ ...identity, condition: 'Deleted', status: 'False' });
  }

  forgotten(controller: string, key: string): void {
    const gauge = this.#conditions.get(controller);
    const identity = identityOf(key);
    for (const status of ['True', 'False']) gauge?.remove({ ...identity, condition: 'Ready', status });
    this.#durations.get(controller)?.remove(identity);
    if (controller === 'externalsecret') gauge?.set({ ...identity, condition: 'Deleted', status: 'False' }, 1);
  }
}

function identityOf(key: string): Identity {
  const [namespace = '', name] = key.split('/');
  return name === undefined ? { namespace: '', name: namespace } : { namespace, name };
}
