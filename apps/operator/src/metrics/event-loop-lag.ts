import type { Metrics } from './metrics.ts';

const tickMs = 200;

/** By how much at most a timer was late since the last time that somebody asked. */
export class EventLoopLag {
  readonly #timer: NodeJS.Timeout;
  #tickedAt = performance.now();
  #longestMs = 0;

  constructor(metrics: Metrics) {
    this.#timer = setInterval(() => this.#tick(), tickMs);
    this.#timer.unref();
    metrics.watch('esox_event_loop_lag_seconds', 'Longest delay of the event loop since the scrape before.', () => {
      const seconds = this.#longestMs / 1000;
      this.#longestMs = 0;
      return seconds;
    });
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #tick(): void {
    const now = performance.now();
    this.#longestMs = Math.max(this.#longestMs, now - this.#tickedAt - tickMs);
    this.#tickedAt = now;
  }
}
