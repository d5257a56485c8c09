import type { Outcome } from '../provider/outcome.ts';
import type { ReadRef, SecretValue } from '../provider/provider.ts';
import type { Flight } from './flights.ts';

/** A read that waits for its turn. */
export interface WaitingRead {
  readonly key: string;
  readonly ref: ReadRef;
  readonly flight: Flight<Outcome<SecretValue>>;
}

/** The reads that go out with the next calls, in the order in which they came. */
export class ReadQueue {
  readonly #limit: number;
  readonly #waiting = new Set<WaitingRead>();

  /** `limit`: most refs in one call. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  add(read: WaitingRead): void {
    this.#waiting.add(read);
  }

  get isFull(): boolean {
    return this.#waiting.size >= this.#limit;
  }

  /** The next batch; empty when nothing waits. Reads that nobody wants any more are left out. */
  take(): WaitingRead[] {
    const batch: WaitingRead[] = [];
    for (const read of this.#waiting) {
      if (batch.length === this.#limit) break;
      this.#waiting.delete(read);
      if (!read.flight.abandoned) batch.push(read);
    }
    return batch;
  }

  /** All that waits, and none waits any more. */
  drain(): WaitingRead[] {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    return waiting;
  }
}
