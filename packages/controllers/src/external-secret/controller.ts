import { isDeepStrictEqual } from 'node:util';
import { EXTERNAL_SECRETS, type ExternalSecret } from '@esox/api';
import {
  type Change,
  type Cluster,
  ClusterError,
  type Informer,
  type KubernetesObject,
  type QueueClass,
  type Reconcile,
  type Result,
  WorkQueue,
} from '@esox/cluster';
import type { Clock } from '@esox/core';
import type { EventRecorder } from '../events/event-recorder.ts';
import { observedBy } from '../observed-queue.ts';
import type { ControllerObserver } from '../observer.ts';
import type { SecretIndex } from '../secrets/secret-index.ts';
import type { StoreCatalog, StorePending } from '../stores/store-catalog.ts';
import type { StoreNews } from '../stores/store-checks.ts';
import { storeId } from '../stores/store.ts';
import { Dependents } from './dependents.ts';
import { Failures } from './failures.ts';
import { Finalizer } from './finalizer.ts';
import { ExternalSecretReconciler } from './reconcile.ts';
import { Refreshes } from './refreshes.ts';
import { Repairs } from './repairs.ts';
import { SecretWriter } from './secret-writer.ts';
import { StatusReporter } from './status-reporter.ts';
import { StoreAdmission } from './store-admission.ts';
import { referencedStores } from './store-references.ts';
import { SyncFactsStore } from './sync-facts.ts';
import { TargetStates } from './target-states.ts';

export interface ExternalSecretControllerOptions {
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly steady: Clock;
  readonly namespace: string | undefined;
  readonly concurrency: number;
  readonly stores: StoreCatalog;
  readonly secrets: SecretIndex;
  readonly events: EventRecorder;
  readonly observer: ControllerObserver;
}

/** Objects of one store that are in work at once: more than its lane has calls, less than could hold the rest up. */
const objectsPerStore = 32;

const loadAgainMs = 1_000;

/** Watches ExternalSecrets and what they depend on, and has each reconciled when there is a reason. */
export class ExternalSecretController {
  readonly #options: ExternalSecretControllerOptions;
  readonly #queue: WorkQueue;
  readonly #admission: StoreAdmission;
  readonly #targets: TargetStates;
  readonly #facts = new SyncFactsStore();
  readonly #byTarget = new Dependents();
  readonly #byStore = new Dependents();
  readonly objects: Informer<ExternalSecret>;

  constructor(options: ExternalSecretControllerOptions) {
    this.#options = options;
    const { cluster, secrets, namespace, clock, steady, concurrency } = options;
    this.#targets = new TargetStates(cluster, secrets);
    this.objects = cluster.watch<ExternalSecret>(EXTERNAL_SECRETS, {
      ...(namespace ? { namespace } : {}),
      trim: trimExternalSecret,
    });
    const reconciler = this.#reconciler();
    this.#queue = new WorkQueue({
      ...observedBy(options.observer, 'externalsecret'),
      clock,
      steady,
      concurrency,
      reconcile: (key, signal) => this.#admit(key, signal, (...pass) => reconciler.reconcile(...pass)),
    });
    this.#admission = new StoreAdmission(objectsPerStore, (key) => this.#queue.add(key, 'caused'));
  }

  /** Ready to work: everything that a pass looks at is in memory. */
  async start(signal: AbortSignal): Promise<void> {
    const { secrets, stores, namespace } = this.#options;
    this.objects.subscribe((change) => this.#changed(change));
    secrets.subscribe((key, after) => {
      if (!this.#targets.isKnown(key, after))
        for (const object of this.#byTarget.of(key)) this.#cause(object, 'caused');
    });
    stores.checks.subscribe((news) => this.#storeChecked(news));
    await Promise.all([this.objects.synced, this.#loadTargets(namespace, signal)]);
    this.#queue.start();
  }

  /** As patient with the API server as a watch is. */
  async #loadTargets(namespace: string | undefined, signal: AbortSignal): Promise<void> {
    for (;;) {
      try {
        return await this.#targets.load(namespace, signal);
      } catch (error) {
        if (!ClusterError.is(error) || !['unavailable', 'rate-limited'].includes(error.code)) throw error;
        await this.#options.clock.sleep(error.retryAfterMs ?? loadAgainMs, signal);
      }
    }
  }

  get queue(): WorkQueue {
    return this.#queue;
  }

  /** Objects that wait outside the queue: for their store's first validation, or for a place at their store. */
  get parked(): number {
    return this.#admission.waiting + this.#options.stores.checks.parked;
  }

  get facts(): SyncFactsStore {
    return this.#facts;
  }

  get targets(): TargetStates {
    return this.#targets;
  }

  async stop(graceMs: number): Promise<void> {
    await this.#queue.stop(graceMs);
    await this.objects.close();
  }

  #reconciler(): ExternalSecretReconciler {
    const { cluster, clock, steady, stores, secrets, events, observer } = this.#options;
    const [facts, targets, objects] = [this.#facts, this.#targets, this.objects];
    const reporter = new StatusReporter({ cluster, clock, facts, events, observer });
    const note: typeof reporter.note = (object, of) => reporter.note(object, of);
    const writer = new SecretWriter({ cluster, secrets, targets, note });
    const waitForStore = (pending: StorePending, key: string) => this.#waitForStore(pending, key);
    const failures = new Failures({ reporter, facts, observer, waitForStore });
    const finalizer = new Finalizer(cluster, writer, facts);
    const refreshes = new Refreshes({ clock, facts, targets, repairs: new Repairs({ clock, steady, facts, note }) });
    return new ExternalSecretReconciler({
      clock,
      steady,
      objects,
      stores,
      targets,
      facts,
      refreshes,
      writer,
      reporter,
      finalizer,
      failures,
      observer,
    });
  }

  async #admit(key: string, signal: AbortSignal, reconcile: Reconcile): Promise<Result> {
    const storeIds = this.#byStore.thingsOf(key);
    if (!this.#admission.enter(key, storeIds)) return { type: 'done' };
    try {
      return await reconcile(key, signal);
    } finally {
      this.#admission.leave(storeIds);
    }
  }

  #changed(change: Change<ExternalSecret>): void {
    if (change.type === 'deleted') {
      this.#byTarget.delete(change.key);
      this.#byStore.delete(change.key);
      this.#queue.add(change.key, 'caused');
      return;
    }
    const { key, after } = change;
    this.#byTarget.set(key, [`${after.metadata.namespace}/${after.spec.target?.name ?? after.metadata.name}`]);
    this.#byStore.set(key, [...new Set(referencedStores(after).map(storeId))]);
    if (change.type === 'added') this.#cause(key, classOf(after));
    else if (isNews(change.before, after)) this.#cause(key, 'caused');
  }

  #cause(key: string, queueClass: QueueClass): void {
    const object = this.objects.get(key);
    if (object) this.#facts.update(key, object, { causedAt: this.#options.steady.now() });
    this.#queue.add(key, queueClass);
  }

  #waitForStore({ storeId: id, storeVersion }: StorePending, key: string): void {
    if (!this.#options.stores.checks.park(id, storeVersion, key)) this.#queue.add(key, 'new');
  }

  /** A store is there, or is there anew: who waited, failed, was left to others, or read it as it was before comes again. */
  #storeChecked({ storeId: id, change, parked }: StoreNews): void {
    for (const key of parked) this.#queue.add(key, 'new');
    for (const key of this.#byStore.of(id)) {
      const object = this.objects.get(key);
      if (!object) continue;
      if (change !== 'checked') this.#facts.update(key, object, { forced: 'reference' });
      const { failed, left, forced } = this.#facts.of(key, object);
      // What is in sync says nothing about a store that is gone before it is due.
      if (failed || left || (forced && change !== 'gone')) this.#cause(key, 'caused');
    }
  }
}

/** Never synced ones come first; what was in sync when the operator started can wait for its turn. */
function classOf(object: ExternalSecret): QueueClass {
  return object.status?.syncedResourceVersion ? 'periodic' : 'new';
}

/** Our own status writes are no news. */
function isNews(before: ExternalSecret, after: ExternalSecret): boolean {
  const relevant = ({ metadata }: ExternalSecret) => ({
    uid: metadata.uid,
    generation: metadata.generation,
    labels: metadata.labels,
    annotations: metadata.annotations,
    finalizers: metadata.finalizers,
    deletionTimestamp: metadata.deletionTimestamp,
  });
  return !isDeepStrictEqual(relevant(before), relevant(after));
}

function trimExternalSecret(object: KubernetesObject): ExternalSecret {
  const { managedFields: _managedFields, ...metadata } = object.metadata;
  const { spec, ...rest } = object as Partial<ExternalSecret>;
  // An object may be older than the schema, and `spec` is not required there.
  return { ...rest, metadata, spec: typeof spec === 'object' && spec !== null ? spec : emptySpec };
}

const emptySpec: ExternalSecret['spec'] = {
  target: { creationPolicy: 'Owner', deletionPolicy: 'Retain' },
  refreshInterval: '1h0m0s',
};
