import type { ReadRequest } from './lane.ts';

/** A flight as the one who carries it out sees it. */
export interface Waited {
  /** ms since the epoch; undefined while it waits for its turn. */
  startedAt: number | undefined;
  /** Nobody waits for it any more. */
  readonly abandoned: boolean;
  /** Calls back when nobody waits any more and there is no result yet. */
  whenAbandoned(callback: () => void): void;
}

/** One piece of work that several wait for. It is abandoned when the last of them has given up. */
export class Flight<T> implements Waited {
  startedAt: number | undefined;
  readonly #landing = Promise.withResolvers<T>();
  readonly #onAbandoned: (() => void)[] = [];
  #waiters = 0;
  #state: 'open' | 'landed' | 'abandoned' = 'open';

  get abandoned(): boolean {
    return this.#state === 'abandoned';
  }

  whenAbandoned(callback: () => void): void {
    this.#onAbandoned.push(callback);
  }

  /** Waits for the result. Rejects only with the signal's reason, as soon as it aborts. */
  join(signal: AbortSignal): Promise<T> {
    const wait = Promise.withResolvers<T>();
    const giveUp = (): void => {
      wait.reject(signal.reason);
      this.#leave();
    };
    this.#waiters += 1;
    signal.addEventListener('abort', giveUp, { once: true });
    void this.#landing.promise.then((result) => {
      signal.removeEventListener('abort', giveUp);
      wait.resolve(result);
    });
    if (signal.aborted) giveUp();
    return wait.promise;
  }

  land(result: T): void {
    if (this.#state === 'open') this.#state = 'landed';
    this.#landing.resolve(result);
  }

  #leave(): void {
    this.#waiters -= 1;
    if (this.#waiters > 0 || this.#state !== 'open') return;
    this.#state = 'abandoned';
    for (const callback of this.#onAbandoned) callback();
  }
}

/** Flights by what they read. */
export class Flights<T> {
  readonly #byKey = new Map<string, Flight<T>>();

  /**
   * A flight that may answer the request: it waits for its turn, it started no earlier than the cause, or it is so young
   * that its answer will still be fresh enough.
   */
  find(key: string, { since, maxAgeMs }: ReadRequest, now: number): Flight<T> | undefined {
    const flight = this.#byKey.get(key);
    if (flight?.startedAt === undefined) return flight;
    return flight.startedAt >= Math.min(since, now - maxAgeMs) ? flight : undefined;
  }

  open(key: string): Flight<T> {
    const flight = new Flight<T>();
    flight.whenAbandoned(() => this.#forget(key, flight));
    this.#byKey.set(key, flight);
    return flight;
  }

  land(key: string, flight: Flight<T>, result: T): void {
    this.#forget(key, flight);
    flight.land(result);
  }

  /** A later flight of the same key stays. */
  #forget(key: string, flight: Flight<T>): void {
    if (this.#byKey.get(key) === flight) this.#byKey.delete(key);
  }
}
