import type { SecretStore } from '@esox/api';
import { type Cluster, type Informer, joinKey } from '@esox/cluster';
import { type Clock, ProviderError } from '@esox/core';
import type { Lane } from '@esox/core/engine';
import { NamespaceRules } from './namespace-rules.ts';
import { type StoreAddress, storeId, type StoreKind, storeType, storeVersion, trimStore } from './store.ts';
import { StoreChecks } from './store-checks.ts';
import type { StoreConnector } from './store-connector.ts';

export interface StoreSettings {
  readonly namespace: string | undefined;
  readonly controllerClass: string;
  /** Refuse a store that is not Ready. */
  readonly floodGate: boolean;
  readonly kinds: readonly StoreKind[];
}

/** A store whose first validation has not ended yet: come back when `checks` tells. */
export class StorePending extends Error {
  readonly storeId: string;
  readonly storeVersion: string;

  constructor(id: string, version: string) {
    super(`${id} has not been validated yet`);
    this.storeId = id;
    this.storeVersion = version;
  }
}

/** All stores that this operator serves, and who may use them. */
export class StoreCatalog {
  readonly #settings: StoreSettings;
  readonly #connector: StoreConnector;
  readonly #informers = new Map<StoreKind, Informer<SecretStore>>();
  readonly #namespaces: NamespaceRules;
  readonly checks = new StoreChecks();

  constructor(cluster: Cluster, clock: Clock, connector: StoreConnector, settings: StoreSettings) {
    this.#settings = settings;
    this.#connector = connector;
    this.#namespaces = new NamespaceRules(cluster, clock);
    for (const kind of settings.kinds) {
      const scope = settings.namespace && kind === 'SecretStore' ? { namespace: settings.namespace } : {};
      this.#informers.set(kind, cluster.watch<SecretStore>(storeType(kind), { ...scope, trim: trimStore }));
    }
  }

  async synced(): Promise<void> {
    await Promise.all([...this.#informers.values()].map((informer) => informer.synced));
  }

  informer(kind: StoreKind): Informer<SecretStore> | undefined {
    return this.#informers.get(kind);
  }

  /** False where the operator is told not to serve this kind. */
  serves(kind: StoreKind): boolean {
    return this.#informers.has(kind);
  }

  get(address: StoreAddress): SecretStore | undefined {
    return this.#informers.get(address.kind)?.get(joinKey(address));
  }

  /** A store of another controller class is not ours to touch. */
  isForeign(store: SecretStore): boolean {
    const wanted = store.spec.controller;
    return wanted !== undefined && wanted !== '' && wanted !== this.#settings.controllerClass;
  }

  /** The lane of a store for a consumer. Throws a ProviderError with the cause, or StorePending. */
  async laneFor(address: StoreAddress, consumerNamespace: string, signal: AbortSignal): Promise<Lane> {
    const store = this.#usable(address);
    if (address.kind === 'ClusterSecretStore') await this.#namespaces.allow(store, consumerNamespace, signal);
    const version = storeVersion(store);
    const check = this.checks.get(storeId(address), version);
    if (!check) throw new StorePending(storeId(address), version);
    if (check.state === 'failed' && this.#settings.floodGate) throw notReady(address, check.error);
    return this.#connector.lane(store, address, consumerNamespace, signal);
  }

  /**
   * Validates a store with its provider and remembers the answer. Throws a ProviderError with the cause. A store whose
   * references are looked up where it is used counts as ready; `undecided` is a provider that cannot tell.
   */
  async check(store: SecretStore, address: StoreAddress, signal: AbortSignal): Promise<'ready' | 'undecided'> {
    const id = storeId(address);
    const version = storeVersion(store);
    try {
      await this.#connector.refreshCredentials(address, signal);
      const lane = await this.#connector.lane(store, address, undefined, signal);
      const state = await lane.check(signal);
      this.checks.set(id, version, { state: 'ready' });
      return state === 'ready' || this.#connector.isReferent(store) ? 'ready' : 'undecided';
    } catch (error) {
      if (this.#connector.isReferent(store)) {
        this.checks.set(id, version, { state: 'ready' });
        return 'ready';
      }
      const failure = ProviderError.from(error, `validating ${id}`);
      if (!signal.aborted) this.checks.set(id, version, { state: 'failed', error: failure });
      throw failure;
    }
  }

  forget(address: StoreAddress, store: SecretStore): void {
    this.#connector.drop(store, address);
    this.checks.forget(storeId(address));
  }

  async close(): Promise<void> {
    await Promise.all([...this.#informers.values()].map((informer) => informer.close()));
    await this.#namespaces.close();
  }

  #usable(address: StoreAddress): SecretStore {
    const { kind, namespace, name } = address;
    const store = this.get(address);
    if (!store) {
      const where = namespace ? ` in namespace "${namespace}"` : '';
      throw new ProviderError(
        'invalid-config',
        `${kind} "${name}" does not exist${where}; create it, or correct the reference`,
      );
    }
    if (!this.isForeign(store)) return store;
    throw new ProviderError(
      'invalid-config',
      `${kind} "${name}" belongs to controller class "${store.spec.controller}", this operator serves "${this.#settings.controllerClass}"`,
    );
  }
}

function notReady(address: StoreAddress, cause: ProviderError): ProviderError {
  // A failed store says nothing about any key, whatever its own error was.
  const code = cause.code === 'not-found' ? 'unavailable' : cause.code;
  return new ProviderError(code, `${address.kind} "${address.name}" is not ready: ${cause.message}`, {
    ...(cause.retryAfterMs === undefined ? {} : { retryAfterMs: cause.retryAfterMs }),
  });
}
