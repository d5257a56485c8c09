import type { Clock } from '../clock.ts';

/** What the API server throttles apart: an overload of writes is no reason to stop reading. */
export type RequestClass = 'read' | 'write';

/** Those who waited for a pause go on over this part of its length, not all at its end. */
const SPREAD = 0.2;

/** Holds back all requests of a class for as long as the API server asked. */
export class PauseGate {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #pauses: Record<RequestClass, { until: number; length: number }> = {
    read: { until: 0, length: 0 },
    write: { until: 0, length: 0 },
  };

  constructor(clock: Clock, random: () => number) {
    this.#clock = clock;
    this.#random = random;
  }

  pause(requestClass: RequestClass, ms: number): void {
    const until = this.#clock.now() + ms;
    if (until > this.#pauses[requestClass].until) this.#pauses[requestClass] = { until, length: ms };
  }

  remainingMs(requestClass: RequestClass): number {
    return Math.max(0, this.#pauses[requestClass].until - this.#clock.now());
  }

  /** Resolves when requests of the class may go; rejects with the signal's reason. */
  async pass(requestClass: RequestClass, signal: AbortSignal): Promise<void> {
    for (let ms = this.remainingMs(requestClass); ms > 0; ms = this.remainingMs(requestClass)) {
      const { length } = this.#pauses[requestClass];
      await this.#clock.sleep(ms + this.#random() * SPREAD * length, signal);
    }
  }
}
