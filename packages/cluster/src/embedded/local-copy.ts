import { ChangeFeed } from '../informer/change-feed.ts';
import { type WatchedObject, WatchedObjects } from '../informer/watched-objects.ts';
import { type Change, type Informer, keyOf, type KubernetesObject, type WatchOptions } from '../port.ts';
import type { StoreChange } from './object-store.ts';
import { copyOf, type StoredObject } from './stored-object.ts';

export interface LocalCopyOptions<T> {
  readonly initial: readonly StoredObject[];
  readonly matches: (object: StoredObject) => boolean;
  readonly view: (object: StoredObject) => KubernetesObject;
  readonly trim: WatchOptions<T>['trim'];
  readonly now: () => number;
  /** Gets what a listener or `trim` throws. */
  readonly onError: (error: unknown) => void;
  readonly onClose: () => void;
}

/** An informer over the store: complete from the start, and equal to it after every write. */
export class LocalCopy<T> implements Informer<T> {
  readonly synced: Promise<void> = Promise.resolve();
  readonly hasSynced = true;
  readonly #options: LocalCopyOptions<T>;
  readonly #objects = new WatchedObjects<T>();
  readonly #feed: ChangeFeed<T>;

  constructor(options: LocalCopyOptions<T>) {
    this.#options = options;
    this.#feed = new ChangeFeed(options.onError);
    for (const object of options.initial) if (options.matches(object)) this.#set(keyOf(object), object);
  }

  get size(): number {
    return this.#objects.size;
  }

  /** There is no connection that could fall silent. */
  get lastActivity(): number {
    return this.#options.now();
  }

  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  values(): Iterable<T> {
    return this.#objects.values();
  }

  subscribe(listener: (change: Change<T>) => void): () => void {
    const initial = [...this.#objects.entries()].map(([key, after]) => ({ type: 'added', key, after }) as const);
    return this.#feed.subscribe(listener, initial);
  }

  close(): Promise<void> {
    this.#feed.close();
    this.#options.onClose();
    return Promise.resolve();
  }

  /** Takes over a change of the store. */
  accept({ key, after }: StoreChange): void {
    if (after !== undefined && this.#options.matches(after)) this.#feed.publish(this.#set(key, after));
    else this.#feed.publish(this.#objects.delete(key));
  }

  #set(key: string, object: StoredObject): Change<T>[] {
    const { uid, resourceVersion = '' } = object.metadata;
    let watched: WatchedObject<T>;
    try {
      watched = { uid, resourceVersion, value: this.#options.trim(this.#options.view(copyOf(object))) };
    } catch (error) {
      this.#options.onError(error);
      return [];
    }
    return this.#objects.set(key, watched);
  }
}
