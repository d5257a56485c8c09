import {
  type Condition,
  CLUSTER_SECRET_STORE_COMPONENT,
  EXTERNAL_SECRETS_API_VERSION,
  EventReason,
  IGNORE_MAINTENANCE_ANNOTATION,
  READY,
  SECRET_STORE_COMPONENT,
  type SecretStore,
  STORE_FINALIZER,
  StoreReason,
  storeRefreshInterval,
} from '@esox/api';
import { type Clock, ProviderError } from '@esox/core';
import { type Cluster, ClusterError, type Result, splitKey } from '@esox/cluster';
import { conditionOf, withCondition } from '../conditions/conditions.ts';
import type { EventRecorder, EventSubject } from '../events/event-recorder.ts';
import type { ControllerObserver } from '../observer.ts';
import { validateStore } from './validate.ts';
import type { StoreCatalog } from '../stores/store-catalog.ts';
import { type StoreAddress, storeId, type StoreKind, storeType } from '../stores/store.ts';
import type { Plugins } from '../stores/plugins.ts';

export interface SecretStoreOptions {
  readonly kind: StoreKind;
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly stores: StoreCatalog;
  readonly plugins: Plugins;
  readonly events: EventRecorder;
  readonly observer: ControllerObserver;
  /** False where another operator keeps the conditions: validated for our own use only. */
  readonly reports: boolean;
  /** Time between validations where the store names none, in ms. */
  readonly requeueIntervalMs: number;
}

export const storeComponents: Record<StoreKind, string> = {
  SecretStore: SECRET_STORE_COMPONENT,
  ClusterSecretStore: CLUSTER_SECRET_STORE_COMPONENT,
};

type StoreStatus = NonNullable<SecretStore['status']>;

interface Verdict {
  readonly condition: Omit<Condition, 'lastTransitionTime'>;
  readonly error?: ProviderError | undefined;
}

const valid = { type: READY, status: 'True', reason: StoreReason.valid, message: 'the store is valid' } as const;
const undecided = {
  type: READY,
  status: 'True',
  reason: StoreReason.validationUnknown,
  message: 'the provider cannot tell whether the store is valid; it is used all the same',
} as const;

/** Validates stores with their providers and keeps their conditions. One instance for each of the two kinds. */
export class SecretStoreReconciler {
  readonly #options: SecretStoreOptions;
  /** What was written last, known before the watch tells. */
  readonly #written = new Map<string, { seen: string; resourceVersion: string; status: StoreStatus }>();
  readonly #known = new Map<string, SecretStore>();

  constructor(options: SecretStoreOptions) {
    this.#options = options;
  }

  async reconcile(key: string, signal: AbortSignal): Promise<Result> {
    try {
      return await this.#reconcile(key, signal);
    } catch (error) {
      // What the API server refuses or does not answer is no bug of ours.
      if (ClusterError.is(error)) return failed(error);
      throw error;
    }
  }

  async #reconcile(key: string, signal: AbortSignal): Promise<Result> {
    const { kind, stores, clock } = this.#options;
    const address: StoreAddress = { kind, namespace: undefined, ...splitKey(key) };
    const store = stores.get(address);
    if (!store) return this.#forget(key, address);
    this.#replaceKnown(key, address, store);
    if (stores.isForeign(store)) return { type: 'done' };
    if (store.metadata.deletionTimestamp) await this.#release(key, store, signal);
    const verdict = await this.#judge(store, address, signal);
    if (signal.aborted) return { type: 'failed', error: new Error('stopped'), retry: true };
    if (this.#options.reports) await this.#report(key, store, verdict, signal);
    const checkedAt = clock.now();
    if (verdict.error) {
      stores.checks.setTimes(storeId(address), { checkedAt, nextAt: undefined });
      return failed(verdict.error);
    }
    const wanted = storeRefreshInterval(store.spec.refreshInterval);
    const interval = typeof wanted === 'number' ? wanted : this.#options.requeueIntervalMs;
    const at = checkedAt + interval;
    stores.checks.setTimes(storeId(address), { checkedAt, nextAt: at });
    return { type: 'again', at, class: 'periodic' };
  }

  /**
   * ESO holds a store back for PushSecrets that have something to delete. No PushSecret is served here, so a finalizer
   * that ESO has left would hold it for ever.
   */
  async #release(key: string, { metadata }: SecretStore, signal: AbortSignal): Promise<void> {
    const { finalizers = [], resourceVersion } = metadata;
    const others = finalizers.filter((finalizer) => finalizer !== STORE_FINALIZER);
    if (others.length === finalizers.length) return;
    const body = { metadata: { resourceVersion, finalizers: others } };
    await this.#options.cluster.patch(
      storeType(this.#options.kind),
      splitKey(key),
      { type: 'merge', body },
      { signal, fieldManager: 'external-secrets' },
    );
  }

  async #judge(store: SecretStore, address: StoreAddress, signal: AbortSignal): Promise<Verdict> {
    try {
      validateStore(store);
      const state = await this.#options.stores.check(store, address, signal);
      return { condition: state === 'undecided' ? undecided : valid };
    } catch (error) {
      const failure = ProviderError.from(error, `validating ${address.kind} "${address.name}"`);
      const message = failure.message;
      return {
        condition: { type: READY, status: 'False', reason: StoreReason.invalidProviderConfig, message },
        error: failure,
      };
    }
  }

  async #report(key: string, store: SecretStore, verdict: Verdict, signal: AbortSignal): Promise<void> {
    const { kind, observer, clock } = this.#options;
    const { condition } = verdict;
    observer.condition?.({ controller: kind.toLowerCase(), key, type: READY, status: condition.status });
    const before = this.#statusOf(key, store);
    const old = before.conditions ?? [];
    const conditions = withCondition(old, condition, clock.now());
    const isValid = condition.reason === StoreReason.valid;
    const capabilities = isValid ? await this.#capabilities(store, signal) : before.capabilities;
    if (conditions === old && capabilities === before.capabilities) {
      observer.writeAvoided?.('status');
      return;
    }
    await this.#announce(store, condition, before, signal);
    const status = { ...(capabilities ? { capabilities } : {}), conditions: [...conditions] };
    await this.#writeStatus(key, store, status, signal);
  }

  async #writeStatus(key: string, store: SecretStore, status: StoreStatus, signal: AbortSignal) {
    const { cluster, kind } = this.#options;
    // The precondition: a store that was changed, or deleted and made anew, gets no status of what it was.
    const body = { metadata: { resourceVersion: this.#latestVersion(key, store) }, status };
    try {
      const patched = await cluster.patch(
        storeType(kind),
        splitKey(key),
        { type: 'merge', body },
        {
          signal,
          subresource: 'status',
          fieldManager: 'external-secrets',
        },
      );
      const { resourceVersion = '' } = patched.metadata;
      this.#written.set(key, { seen: store.metadata.resourceVersion ?? '', resourceVersion, status });
    } catch (error) {
      if (!ClusterError.is(error)) throw error;
      // Somebody else wrote in between, or the server was set back.
      if (error.code === 'conflict') this.#written.delete(key);
      if (error.code !== 'not-found') throw error;
    }
  }

  #latestVersion(key: string, store: SecretStore): string {
    const { resourceVersion: seen = '' } = store.metadata;
    const written = this.#written.get(key);
    return written?.seen === seen ? written.resourceVersion : seen;
  }

  /** An event where the answer is news; ESO repeats `Valid` at each validation. */
  async #announce(
    store: SecretStore,
    condition: Verdict['condition'],
    before: StoreStatus,
    signal: AbortSignal,
  ): Promise<void> {
    const previous = conditionOf(before.conditions, READY);
    if (previous?.reason === condition.reason && previous?.message === condition.message) return;
    const subject = subjectOf(store, this.#options.kind);
    const reason = condition.reason ?? '';
    const message = condition.message ?? '';
    const type = condition.reason === StoreReason.valid ? 'Normal' : 'Warning';
    this.#options.events.record(subject, { type, reason, message });
    if (condition.status === 'True') await this.#announceMaintenance(store, subject, signal);
  }

  async #announceMaintenance(store: SecretStore, subject: EventSubject, signal: AbortSignal): Promise<void> {
    if (store.metadata.annotations?.[IGNORE_MAINTENANCE_ANNOTATION] !== undefined) return;
    const [id = ''] = Object.keys(store.spec.provider);
    const provider = await this.#options.plugins.load(id, signal);
    if (provider.maintenance === 'not-maintained') {
      const message = `the provider "${id}" is not maintained`;
      this.#options.events.record(subject, { type: 'Warning', reason: EventReason.storeUnmaintained, message });
    }
    if (provider.maintenance === 'deprecated') {
      const message = `the provider "${id}" is deprecated`;
      this.#options.events.record(subject, { type: 'Warning', reason: EventReason.storeDeprecated, message });
    }
  }

  async #capabilities(store: SecretStore, signal: AbortSignal): Promise<'ReadOnly' | 'ReadWrite'> {
    const [id = ''] = Object.keys(store.spec.provider);
    const { capabilities } = await this.#options.plugins.load(id, signal);
    return capabilities.includes('write') ? 'ReadWrite' : 'ReadOnly';
  }

  #statusOf(key: string, store: SecretStore): StoreStatus {
    const written = this.#written.get(key);
    // As long as the watch shows the object as it was before our write, our write is what holds.
    return written && written.seen === store.metadata.resourceVersion ? written.status : (store.status ?? {});
  }

  #replaceKnown(key: string, address: StoreAddress, store: SecretStore): void {
    const known = this.#known.get(key);
    if (known && known.metadata.uid !== store.metadata.uid) this.#options.stores.forget(address, known);
    this.#known.set(key, store);
  }

  #forget(key: string, address: StoreAddress): Result {
    const known = this.#known.get(key);
    if (known) this.#options.stores.forget(address, known);
    this.#known.delete(key);
    this.#written.delete(key);
    this.#options.observer.forgotten?.(this.#options.kind.toLowerCase(), key);
    return { type: 'done' };
  }
}

function failed(error: ProviderError | ClusterError): Result {
  const { retryAfterMs } = error;
  return { type: 'failed', error, retry: true, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

function subjectOf(store: SecretStore, kind: StoreKind): EventSubject {
  const { name, namespace, uid } = store.metadata;
  return { apiVersion: EXTERNAL_SECRETS_API_VERSION, kind, name, namespace, uid };
}
