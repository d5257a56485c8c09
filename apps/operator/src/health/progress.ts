/** Whatever a pass waits for ends much sooner: a call of a provider and a request have a deadline of 30 s each. */
const boundMs = 5 * 60_000;
const lookEveryMs = 10_000;

/** Tells work that goes on, however slowly, from work that stands still. */
export class Progress {
  readonly #isBusy: () => boolean;
  readonly #timer: NodeJS.Timeout;
  #lastMs = performance.now();

  constructor(isBusy: () => boolean) {
    this.#isBusy = isBusy;
    this.#timer = setInterval(() => this.#look(), lookEveryMs);
    this.#timer.unref();
  }

  /** Something has ended: a pass, a call of a provider, a request. */
  note(): void {
    this.#lastMs = performance.now();
  }

  /** There has been work all the time, and nothing of it has ended for too long. */
  get isStuck(): boolean {
    this.#look();
    return performance.now() - this.#lastMs > boundMs;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Who has nothing to do makes no progress either. */
  #look(): void {
    if (!this.#isBusy()) this.note();
  }
}
