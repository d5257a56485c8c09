import type { Clock } from '../provider/host.ts';

export interface GateOptions {
  readonly clock: Clock;
  /** Calls under way at once. */
  readonly concurrency: number;
  /** Starts one waiting call, which ends with `leave`; false when none waits. */
  readonly start: () => boolean;
  /** The gate's end: it stops waiting for a pause to pass. */
  readonly closed: AbortSignal;
}

/** Lets the calls of one lane out: so many at once, at the end of a turn, and none during a pause. */
export class Gate {
  readonly #options: GateOptions;
  #active = 0;
  #scheduled = false;
  #pausedUntil = 0;
  #reopening = false;
  #idle: PromiseWithResolvers<void> | undefined;

  constructor(options: GateOptions) {
    this.#options = options;
  }

  /** How long the lane still has to wait; 0 when it is open. */
  get pauseMs(): number {
    return Math.max(0, this.#pausedUntil - this.#options.clock.now());
  }

  /** Lets calls out when this turn of the event loop is over, so that what comes in the same turn goes together. */
  schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.open();
    });
  }

  /** Lets calls out now. */
  open(): void {
    while (this.pauseMs === 0 && this.#active < this.#options.concurrency && this.#options.start()) this.#active += 1;
    if (this.#active === 0) this.#idle?.resolve();
  }

  /** A call has ended. */
  leave(): void {
    this.#active -= 1;
    this.schedule();
  }

  /** Lets nothing out for so long. A longer pause that is on stays. */
  pause(ms: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#options.clock.now() + ms);
    if (!this.#reopening) void this.#reopen();
  }

  async #reopen(): Promise<void> {
    this.#reopening = true;
    try {
      // The pause may become longer meanwhile.
      while (this.pauseMs > 0) await this.#options.clock.sleep(this.pauseMs, this.#options.closed);
    } catch {
      return; // The gate is closed.
    }
    this.#reopening = false;
    this.schedule();
  }

  /** Resolves when no call is under way. */
  whenIdle(): Promise<void> {
    this.#idle ??= Promise.withResolvers();
    this.schedule();
    return this.#idle.promise;
  }
}
