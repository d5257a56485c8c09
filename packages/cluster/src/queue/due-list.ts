import type { Clock } from '../clock.ts';
import { DueHeap, type HeapItem } from './due-heap.ts';

/** Items that wait for their time: one heap, and one timer for the soonest of them, however many there are. */
export class DueList<T extends HeapItem> {
  readonly #clock: Clock;
  readonly #onDue: (item: T) => void;
  readonly #heap = new DueHeap<T>();
  #runs = false;
  #timer: { readonly at: number; readonly abort: AbortController } | undefined;

  /** `onDue` gets each item, taken out of the list, when its time has come. */
  constructor(clock: Clock, onDue: (item: T) => void) {
    this.#clock = clock;
    this.#onDue = onDue;
  }

  get size(): number {
    return this.#heap.size;
  }

  /** When the soonest item is due. */
  get nextAt(): number | undefined {
    return this.#heap.peek()?.dueAt;
  }

  put(item: T, dueAt: number): void {
    this.#heap.put(item, dueAt);
    this.#arm();
  }

  remove(item: T): void {
    this.#heap.remove(item);
  }

  start(): void {
    this.#runs = true;
    this.#arm();
  }

  stop(): void {
    this.#runs = false;
    this.#timer?.abort.abort();
    this.#timer = undefined;
  }

  #arm(): void {
    const at = this.nextAt;
    if (!this.#runs || at === undefined) return;
    if (this.#timer !== undefined && this.#timer.at <= at) return;
    this.#timer?.abort.abort();
    const timer = { at, abort: new AbortController() };
    this.#timer = timer;
    const fire = (): void => this.#fire(timer);
    // It rejects only when it is replaced or stopped.
    const ignore = (): void => undefined;
    this.#clock.sleep(Math.max(0, at - this.#clock.now()), timer.abort.signal).then(fire, ignore);
  }

  #fire(timer: object): void {
    if (this.#timer !== timer) return;
    this.#timer = undefined;
    const now = this.#clock.now();
    for (let item = this.#heap.peek(); item !== undefined && item.dueAt <= now; item = this.#heap.peek()) {
      this.#heap.remove(item);
      this.#onDue(item);
    }
    this.#arm();
  }
}
