import type { Clock } from '../provider/host.ts';

interface Sleeper {
  readonly at: number;
  wake(): void;
}

/** Time that stands still until a test moves it. */
export class FakeClock implements Clock {
  #now: number;
  readonly #sleepers = new Set<Sleeper>();

  constructor(now = 1_000_000) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  /** Sleeps that have not ended. */
  get sleeping(): number {
    return this.#sleepers.size;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    if (signal?.aborted) return Promise.reject(signal.reason);
    const sleeper = { at: this.#now + ms, wake: resolve };
    const giveUp = (): void => {
      this.#sleepers.delete(sleeper);
      reject(signal?.reason);
    };
    this.#sleepers.add(sleeper);
    signal?.addEventListener('abort', giveUp, { once: true });
    return promise.finally(() => signal?.removeEventListener('abort', giveUp));
  }

  /** Moves the time on, waking sleepers in their order, and lets everything that follows from it happen. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    for (let next = this.#nextUntil(until); next; next = this.#nextUntil(until)) {
      this.#now = Math.max(this.#now, next.at);
      this.#sleepers.delete(next);
      next.wake();
      await settle();
    }
    this.#now = until;
    await settle();
  }

  #nextUntil(until: number): Sleeper | undefined {
    const due = [...this.#sleepers].filter((sleeper) => sleeper.at <= until);
    return due.toSorted((a, b) => a.at - b.at)[0];
  }
}

/** Lets some turns of the event loop go by. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
