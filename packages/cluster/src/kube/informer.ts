import {
  type Change,
  type Informer,
  joinKey,
  type KubernetesObject,
  type ResourceType,
  type WatchOptions,
} from '../port.ts';
import type { ApiClient } from './api-client.ts';
import { resourceName } from './api-request.ts';
import { ChangeFeed, type Listener } from '../informer/change-feed.ts';
import { DEFAULT_LIST_WATCH, ListWatch, type ListWatchOptions, type ListWatchTarget } from './list-watch.ts';
import { type WatchedObject, WatchedObjects } from '../informer/watched-objects.ts';

/** How far the time of a resync may be from its interval, so that not all kinds do it together. */
const RESYNC_SPREAD = 0.2;

export type ScopedWatchOptions<T> = Omit<WatchOptions<T>, 'namespace'> & { readonly namespace?: string | undefined };

export class KubeInformer<T> implements Informer<T> {
  readonly synced: Promise<void>;
  hasSynced = false;
  lastActivity: number;
  readonly #client: ApiClient;
  readonly #resource: string;
  readonly #trim: (object: KubernetesObject) => T;
  readonly #objects = new WatchedObjects<T>();
  readonly #feed: ChangeFeed<T>;
  readonly #sync = Promise.withResolvers<void>();
  readonly #end = new AbortController();
  readonly #ended: Promise<unknown>;

  constructor(
    client: ApiClient,
    type: ResourceType,
    options: ScopedWatchOptions<T>,
    tuning: Partial<ListWatchOptions>,
  ) {
    const { trim, ...query } = options;
    const listWatch = { ...DEFAULT_LIST_WATCH, ...tuning };
    this.#client = client;
    this.#resource = resourceName({ type });
    this.#trim = trim;
    this.#feed = new ChangeFeed((error) => this.#failed(error));
    this.synced = this.#sync.promise;
    // Nobody may be waiting for it when the informer is closed before.
    this.synced.catch(() => undefined);
    this.lastActivity = client.clock.now();
    const loop = new ListWatch<T>(client, { type, query }, listWatch, this.#target());
    this.#ended = Promise.all([loop.run(this.#end.signal), this.#resync(listWatch.resyncMs)]);
  }

  get size(): number {
    return this.#objects.size;
  }

  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  values(): Iterable<T> {
    return this.#objects.values();
  }

  subscribe(listener: Listener<T>): () => void {
    return this.#feed.subscribe(
      listener,
      this.#all((key, after) => ({ type: 'added', key, after })),
    );
  }

  async close(): Promise<void> {
    const reason = new DOMException('The informer is closed.', 'AbortError');
    this.#end.abort(reason);
    this.#feed.close();
    this.#sync.reject(reason);
    await this.#ended;
  }

  #target(): ListWatchTarget<T> {
    return {
      keep: (object, resourceVersion) => this.#keep(object, resourceVersion),
      replace: (objects) => {
        this.#feed.publish(this.#objects.replace(objects));
        this.hasSynced = true;
        this.#sync.resolve();
      },
      set: (key, object) => this.#feed.publish(this.#objects.set(key, object)),
      delete: (key) => this.#feed.publish(this.#objects.delete(key)),
      active: (now) => {
        this.lastActivity = now;
      },
    };
  }

  /** An object that `trim` cannot take stays as it was known, so that it neither stops the others nor looks deleted. */
  #keep(object: KubernetesObject, resourceVersion: string): WatchedObject<T> | undefined {
    const { uid } = object.metadata;
    try {
      return { uid, resourceVersion, value: this.#trim(object) };
    } catch (error) {
      this.#failed(error);
      return this.#objects.find(joinKey(object.metadata));
    }
  }

  /** Tells of everything again now and then: should a change ever be overlooked, that is its longest life. */
  async #resync(intervalMs: number): Promise<void> {
    const { signal } = this.#end;
    while (!signal.aborted) {
      const wait = intervalMs * (1 + RESYNC_SPREAD * (2 * this.#client.random() - 1));
      // It rejects only when the informer is closed, which ends the loop.
      await this.#client.clock.sleep(wait, signal).catch(() => undefined);
      if (!signal.aborted)
        this.#feed.publish(this.#all((key, value) => ({ type: 'updated', key, before: value, after: value })));
    }
  }

  #all(change: (key: string, value: T) => Change<T>): Change<T>[] {
    return [...this.#objects.entries()].map(([key, value]) => change(key, value));
  }

  #failed(error: unknown): void {
    this.#client.observer.listenerFailed?.({ resource: this.#resource, error });
  }
}
