import { ProviderError } from '../provider/errors.ts';
import type { Clock } from '../provider/host.ts';
import { ClientLane } from './client-lane.ts';
import { ClientSlot } from './client-slot.ts';
import type { ClientSource, CredentialVersion } from './client-source.ts';
import type { Lane } from './lane.ts';
import type { EngineObserver } from './observer.ts';
import { ValueCache } from './value-cache.ts';

/** Who reads where. Two objects share a client only if all of it is equal, and the credentials are. */
export interface ClientKey {
  readonly provider: string;
  readonly pluginVersion: string;
  readonly storeUid: string;
  /** As people know it, for counting. */
  readonly store: string;
  readonly storeGeneration: number;
  /** Set where the store's authentication refers to its consumer. */
  readonly consumerNamespace: string | undefined;
}

export interface ClientPoolOptions {
  readonly clock: Clock;
  readonly observer?: EngineObserver;
  /** A client that nobody used for so long is closed; default 600,000 ms. */
  readonly idleMs?: number;
  /** Default 30,000 ms. */
  readonly connectTimeoutMs?: number;
  /** Bound of the freshness cache over all lanes; default 32 MiB. */
  readonly cacheBytes?: number;
  /** Longest wait for one call of a plugin (for `find`: for its next item); default 30,000 ms. */
  readonly callTimeoutMs?: number;
  /** Calls of one lane under way at once where its provider does not say; default 20. */
  readonly concurrency?: number;
}

const defaults = {
  idleMs: 600_000,
  connectTimeoutMs: 30_000,
  cacheBytes: 32 * 2 ** 20,
  callTimeoutMs: 30_000,
  concurrency: 20,
};
const cacheLifeMs = 30_000;

/** All clients of one store. */
interface StoreClients {
  generation: number;
  readonly slots: Map<string, ClientSlot>;
}

/** The connected clients of all stores. */
export class ClientPool {
  readonly #options: typeof defaults & { readonly clock: Clock; readonly observer: EngineObserver };
  readonly #cache: ValueCache;
  readonly #stores = new Map<string, StoreClients>();
  readonly #closing = new Set<Promise<void>>();
  readonly #closed = new AbortController();
  #sequence = 0;
  #connected = 0;
  #sweeping = false;

  constructor(options: ClientPoolOptions) {
    this.#options = { ...defaults, observer: {}, ...options };
    this.#cache = new ValueCache({
      clock: options.clock,
      maxBytes: this.#options.cacheBytes,
      lifeMs: cacheLifeMs,
      onSize: (bytes) => options.observer?.cacheBytes?.(bytes),
    });
  }

  /**
   * The lane of this key, connected if need be. Rejects with a ProviderError (the last login's while its backoff lasts,
   * `unavailable` for a generation that is older than one seen), or with the signal's reason.
   */
  async lane(key: ClientKey, source: ClientSource, signal: AbortSignal): Promise<Lane> {
    this.#closed.signal.throwIfAborted();
    return this.#slot(key).lane(source, signal);
  }

  /** Closes the clients of a store that is gone. */
  dropStore(storeUid: string): void {
    for (const slot of this.#stores.get(storeUid)?.slots.values() ?? []) slot.close();
    this.#stores.delete(storeUid);
  }

  /** Resolves when every client is closed. Calls that are under way end first: abort their signals before. */
  async close(): Promise<void> {
    this.#closed.abort(new ProviderError('unavailable', 'the operator stops'));
    for (const storeUid of this.#stores.keys()) this.dropStore(storeUid);
    await Promise.all(this.#closing);
    this.#cache.close();
  }

  #slot(key: ClientKey): ClientSlot {
    const store = this.#store(key);
    const name = JSON.stringify([key.provider, key.pluginVersion, key.consumerNamespace ?? null]);
    let slot = store.slots.get(name);
    if (!slot) {
      slot = this.#newSlot(key);
      store.slots.set(name, slot);
      void this.#sweep();
    }
    return slot;
  }

  #store(key: ClientKey): StoreClients {
    const store = this.#stores.get(key.storeUid) ?? { generation: key.storeGeneration, slots: new Map() };
    this.#stores.set(key.storeUid, store);
    if (store.generation > key.storeGeneration) {
      throw new ProviderError('unavailable', 'the store changed meanwhile; it is read again');
    }
    if (store.generation < key.storeGeneration) {
      for (const slot of store.slots.values()) slot.close();
      store.slots.clear();
      store.generation = key.storeGeneration;
    }
    return store;
  }

  #newSlot(key: ClientKey): ClientSlot {
    const { clock, observer, connectTimeoutMs, callTimeoutMs, concurrency } = this.#options;
    const shared = { clock, observer, callTimeoutMs, store: key.store };
    const place = [key.provider, key.pluginVersion, key.storeUid, key.storeGeneration, key.consumerNamespace ?? ''];
    return new ClientSlot({
      ...shared,
      provider: key.provider,
      connectTimeoutMs,
      lane: ({ provider, client, credentials }) => {
        const identity = (): string => [...place, ...credentials().map(describeCredential).toSorted()].join('|');
        this.#sequence += 1;
        this.#count(1);
        const cache = this.#cache;
        return new ClientLane({ ...shared, cache, provider, client, identity, concurrency, sequence: this.#sequence });
      },
      onClose: (closing) => this.#await(closing),
    });
  }

  #count(change: 1 | -1): void {
    this.#connected += change;
    this.#options.observer.clients?.(this.#connected);
  }

  #await(closing: Promise<void>): void {
    this.#count(-1);
    const tracked = closing.finally(() => this.#closing.delete(tracked));
    this.#closing.add(tracked);
  }

  /** Closes idle clients: one loop while there is any. */
  async #sweep(): Promise<void> {
    if (this.#sweeping) return;
    this.#sweeping = true;
    const { clock, idleMs } = this.#options;
    try {
      while (this.#stores.size > 0) {
        await clock.sleep(idleMs / 4, this.#closed.signal);
        for (const [storeUid, store] of this.#stores) this.#closeIdle(storeUid, store, clock.now() - idleMs);
      }
    } catch {
      // The pool is closed.
    }
    this.#sweeping = false;
  }

  #closeIdle(storeUid: string, store: StoreClients, since: number): void {
    for (const [name, slot] of store.slots) {
      slot.closeIfIdleSince(since);
      if (slot.isEmpty) store.slots.delete(name);
    }
    if (store.slots.size === 0) this.#stores.delete(storeUid);
  }
}

function describeCredential({ kind, namespace, name, resourceVersion }: CredentialVersion): string {
  return `${kind} ${namespace}/${name}@${resourceVersion}`;
}
