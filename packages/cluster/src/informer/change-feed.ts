import type { Change } from '../port.ts';

export type Listener<T> = (change: Change<T>) => void;

/** Deliveries in one turn of the event loop; sockets and timers get theirs between. */
const SLICE = 200;

interface Delivery<T> {
  readonly listener: Listener<T>;
  readonly change: Change<T>;
}

/** Delivers changes in order, in turns of its own: whoever publishes never runs a listener. */
export class ChangeFeed<T> {
  readonly #onError: (error: unknown) => void;
  readonly #listeners = new Set<Listener<T>>();
  #pending: Delivery<T>[] = [];
  #next = 0;
  #isDue = false;

  /** `onError` gets what a listener throws. */
  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  /** The listener first gets `initial`, then what is published from now on. Returns how to end it. */
  subscribe(listener: Listener<T>, initial: Iterable<Change<T>>): () => void {
    // One function may be subscribed more than once.
    const own: Listener<T> = (change) => listener(change);
    this.#listeners.add(own);
    for (const change of initial) this.#pending.push({ listener: own, change });
    this.#deliverSoon();
    return () => this.#listeners.delete(own);
  }

  publish(changes: Iterable<Change<T>>): void {
    for (const change of changes) for (const listener of this.#listeners) this.#pending.push({ listener, change });
    this.#deliverSoon();
  }

  /** Nothing is delivered any more. */
  close(): void {
    this.#listeners.clear();
    this.#pending = [];
    this.#next = 0;
  }

  #deliverSoon(): void {
    if (this.#isDue || this.#pending.length === 0) return;
    this.#isDue = true;
    setImmediate(() => {
      this.#isDue = false;
      this.#deliver();
    });
  }

  #deliver(): void {
    for (const end = this.#next + SLICE; this.#next < Math.min(end, this.#pending.length);) {
      const delivery = this.#pending[this.#next];
      this.#next += 1;
      if (delivery !== undefined && this.#listeners.has(delivery.listener)) this.#call(delivery);
    }
    if (this.#next >= this.#pending.length) {
      this.#pending = [];
      this.#next = 0;
    }
    this.#deliverSoon();
  }

  #call({ listener, change }: Delivery<T>): void {
    try {
      listener(change);
    } catch (error) {
      this.#onError(error);
    }
  }
}
