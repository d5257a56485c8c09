import type { Change, Informer, KubernetesObject, WatchOptions } from '../port.ts';
import type { StoreChange } from './object-store.ts';
import { copyOf, type StoredObject } from './stored-object.ts';

type Listener<T> = (change: Change<T>) => void;

export interface LocalCopyOptions<T> {
  readonly initial: readonly StoreChange[];
  readonly matches: (object: StoredObject) => boolean;
  readonly trim: WatchOptions<T>['trim'];
  readonly view: (object: StoredObject) => KubernetesObject;
  readonly now: () => number;
  readonly onListenerError: (error: unknown) => void;
  readonly onClose: () => void;
}

/**
 * An informer over the store. Every step waits in one queue that is worked off after the write that caused it has
 * returned, so listeners see changes one by one, in order, with the copy in the state that the change led to.
 */
export class LocalCopy<T> implements Informer<T> {
  readonly synced: Promise<void>;
  hasSynced = false;
  lastActivity: number;
  readonly #options: LocalCopyOptions<T>;
  readonly #objects = new Map<string, T>();
  readonly #listeners = new Set<Listener<T>>();
  #steps: (() => void)[] = [];
  #isClosed = false;

  constructor(options: LocalCopyOptions<T>) {
    this.#options = options;
    this.lastActivity = options.now();
    for (const change of options.initial) this.accept(change);
    this.synced = new Promise((resolve) => {
      this.#enqueue(() => {
        this.hasSynced = true;
        resolve();
      });
    });
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
    let isWanted = true;
    const guarded: Listener<T> = (change) => {
      if (isWanted) listener(change);
    };
    this.#enqueue(() => {
      for (const [key, after] of this.#objects) this.#deliver(guarded, { type: 'added', key, after });
      if (isWanted) this.#listeners.add(guarded);
    });
    return () => {
      isWanted = false;
      this.#listeners.delete(guarded);
    };
  }

  close(): Promise<void> {
    this.#isClosed = true;
    this.#listeners.clear();
    this.#options.onClose();
    return Promise.resolve();
  }

  /** Takes over a change of the store. */
  accept({ key, before, after }: StoreChange): void {
    const { matches, view, trim } = this.#options;
    const isIn = after !== undefined && matches(after);
    const wasIn = before !== undefined && matches(before);
    if (isIn) {
      this.#enqueue(() => this.#set(key, trim(view(copyOf(after)))));
    } else if (wasIn) {
      this.#enqueue(() => this.#unset(key));
    }
  }

  #set(key: string, after: T): void {
    const isNew = !this.#objects.has(key);
    const before = this.#objects.get(key) as T;
    this.#objects.set(key, after);
    this.#tell(isNew ? { type: 'added', key, after } : { type: 'updated', key, before, after });
  }

  #unset(key: string): void {
    if (!this.#objects.has(key)) return;
    const before = this.#objects.get(key) as T;
    this.#objects.delete(key);
    this.#tell({ type: 'deleted', key, before });
  }

  #tell(change: Change<T>): void {
    for (const listener of this.#listeners) this.#deliver(listener, change);
  }

  #deliver(listener: Listener<T>, change: Change<T>): void {
    try {
      listener(change);
    } catch (error) {
      this.#options.onListenerError(error);
    }
  }

  #enqueue(step: () => void): void {
    this.#steps.push(step);
    if (this.#steps.length === 1) queueMicrotask(() => this.#work());
  }

  #work(): void {
    // Steps that listeners cause meanwhile are worked off in the same go, behind those that are waiting.
    for (let index = 0; index < this.#steps.length && !this.#isClosed; index++) {
      this.lastActivity = this.#options.now();
      this.#steps[index]?.();
    }
    this.#steps = [];
  }
}
