import { type Backoff, backoffDelay } from '../backoff.ts';
import type { Clock } from '../clock.ts';
import { DueList } from './due-list.ts';
import type { QueueClass, Reconcile, Result } from './queue.ts';
import { type AgeingOptions, outranks, WaitingList } from './waiting-list.ts';

/** How a pass ended. A pass that threw is reported as `failed`. */
export interface FinishedPass {
  readonly key: string;
  readonly class: QueueClass;
  readonly result: Result;
  /** How long the key was due before the pass began. */
  readonly waitedMs: number;
  readonly durationMs: number;
}

export interface WorkQueueOptions {
  readonly reconcile: Reconcile;
  /** Of the times that keys are added for, and that results name. It may be set at any moment. */
  readonly clock: Clock;
  /** Of everything else: a clock that nobody sets. */
  readonly steady: Clock;
  /** Keys in work at the same time. An object in work costs memory, not a thread. */
  readonly concurrency?: number;
  readonly backoff?: Backoff;
  readonly ageing?: AgeingOptions;
  /** Between 0 and 1; for jitter. */
  readonly random?: () => number;
  /** A bug: `reconcile` (or `onFinished`) threw. The key is retried with backoff. Must not throw. */
  readonly onPanic?: (key: string, error: unknown) => void;
  readonly onFinished?: (pass: FinishedPass) => void;
}

export interface WorkQueueStats {
  readonly waiting: Readonly<Record<QueueClass, number>>;
  readonly inWork: number;
  readonly delayed: number;
  /** For how long the oldest key that could run has been due. */
  readonly oldestOverdueMs: number;
}

interface Wish {
  readonly at: number;
  readonly class: QueueClass;
}

interface Entry {
  readonly key: string;
  state: 'idle' | 'delayed' | 'waiting' | 'in-work';
  class: QueueClass;
  dueAt: number;
  heapIndex: number;
  /** For a key in work: when it is to run again. */
  again: Wish | undefined;
  failures: number;
}

interface Run {
  readonly abort: AbortController;
  readonly ended: Promise<void>;
}

const DEFAULT_CONCURRENCY = 200;
const DEFAULT_BACKOFF: Backoff = { baseMs: 1_000, maxMs: 420_000 };
const DEFAULT_AGEING: AgeingOptions = { afterMs: 30_000, onePickIn: 4 };
/** A pass whose signal has aborted must end at once; `stop` waits no longer than this for one that does not. */
const ABORT_GRACE_MS = 1_000;

/**
 * Runs `reconcile` for keys, one pass per key at a time. A key that is added while it is in work runs again right after.
 * Of two wishes for a key the sooner time and the higher class win.
 */
export class WorkQueue {
  readonly #options: WorkQueueOptions;
  readonly #clock: Clock;
  readonly #steady: Clock;
  readonly #concurrency: number;
  readonly #backoff: Backoff;
  readonly #random: () => number;
  readonly #entries = new Map<string, Entry>();
  readonly #delayed: DueList<Entry>;
  readonly #waiting: WaitingList<Entry>;
  readonly #runs = new Map<string, Run>();
  #state: 'new' | 'started' | 'stopped' = 'new';
  #pumpIsDue = false;

  constructor(options: WorkQueueOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#steady = options.steady;
    this.#concurrency = options.concurrency ?? DEFAULT_CONCURRENCY;
    this.#backoff = options.backoff ?? DEFAULT_BACKOFF;
    this.#random = options.random ?? Math.random;
    this.#waiting = new WaitingList(options.ageing ?? DEFAULT_AGEING);
    this.#delayed = new DueList(options.steady, (entry) => this.#wait(entry, entry.dueAt));
  }

  add(key: string, queueClass: QueueClass): void {
    this.#add(key, this.#steady.now(), queueClass);
  }

  /** `at` is in ms since the epoch. */
  addAt(key: string, at: number, queueClass: QueueClass): void {
    this.#add(key, this.#onSteady(at), queueClass);
  }

  #add(key: string, at: number, queueClass: QueueClass): void {
    if (this.#state === 'stopped') return;
    const entry = this.#entries.get(key) ?? this.#newEntry(key);
    const wish = { at, class: queueClass };
    if (entry.state === 'in-work') entry.again = merge(entry.again, wish);
    else this.#schedule(entry, entry.state === 'idle' ? wish : merge({ at: entry.dueAt, class: entry.class }, wish));
  }

  /** Drops what is planned for the key, and its failures. A pass in work goes on, and what it comes to is followed. */
  forget(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    entry.again = undefined;
    entry.failures = 0;
    if (entry.state === 'in-work') return;
    this.#unschedule(entry);
    this.#entries.delete(key);
  }

  /** Keys added before are kept until now. */
  start(): void {
    if (this.#state !== 'new') return;
    this.#state = 'started';
    this.#delayed.start();
    this.#pumpSoon();
  }

  /** Starts no more passes, waits `graceMs` for those in work, and aborts the rest. Resolves when all have ended. */
  async stop(graceMs: number): Promise<void> {
    this.#state = 'stopped';
    this.#delayed.stop();
    if (await this.#allEnd(graceMs)) return;
    const reason = new DOMException('The work queue is stopped.', 'AbortError');
    for (const { abort } of this.#runs.values()) abort.abort(reason);
    await this.#allEnd(ABORT_GRACE_MS);
  }

  stats(): WorkQueueStats {
    const now = this.#steady.now();
    let oldest = Math.min(now, this.#delayed.nextAt ?? now);
    for (const { dueAt } of this.#waiting) oldest = Math.min(oldest, dueAt);
    return {
      waiting: this.#waiting.sizes(),
      inWork: this.#runs.size,
      delayed: this.#delayed.size,
      oldestOverdueMs: now - oldest,
    };
  }

  /** As long from now on the steady clock as on the wall's. */
  #onSteady(at: number): number {
    return this.#steady.now() + (at - this.#clock.now());
  }

  #newEntry(key: string): Entry {
    const entry: Entry = {
      key,
      state: 'idle',
      class: 'periodic',
      dueAt: 0,
      heapIndex: -1,
      again: undefined,
      failures: 0,
    };
    this.#entries.set(key, entry);
    return entry;
  }

  #schedule(entry: Entry, wish: Wish): void {
    if (entry.state === 'waiting' && entry.class === wish.class) return;
    this.#unschedule(entry);
    entry.class = wish.class;
    if (wish.at > this.#steady.now()) {
      entry.state = 'delayed';
      this.#delayed.put(entry, wish.at);
    } else {
      this.#wait(entry, wish.at);
    }
  }

  #wait(entry: Entry, dueAt: number): void {
    entry.state = 'waiting';
    entry.dueAt = dueAt;
    this.#waiting.push(entry);
    this.#pumpSoon();
  }

  #unschedule(entry: Entry): void {
    if (entry.state === 'waiting') this.#waiting.remove(entry);
    if (entry.state === 'delayed') this.#delayed.remove(entry);
    entry.state = 'idle';
  }

  /** Passes begin at the end of the turn, so that what one turn adds is ordered by class. */
  #pumpSoon(): void {
    if (this.#pumpIsDue || this.#state !== 'started') return;
    this.#pumpIsDue = true;
    queueMicrotask(() => {
      this.#pumpIsDue = false;
      this.#pump();
    });
  }

  #pump(): void {
    while (this.#state === 'started' && this.#runs.size < this.#concurrency) {
      const entry = this.#waiting.take(this.#steady.now());
      if (entry === undefined) return;
      entry.state = 'in-work';
      const abort = new AbortController();
      this.#runs.set(entry.key, { abort, ended: this.#run(entry, abort.signal) });
    }
  }

  async #run(entry: Entry, signal: AbortSignal): Promise<void> {
    const startedAt = this.#steady.now();
    const result = await this.#pass(entry.key, signal);
    this.#runs.delete(entry.key);
    const waitedMs = startedAt - entry.dueAt;
    this.#report({ key: entry.key, class: entry.class, result, waitedMs, durationMs: this.#steady.now() - startedAt });
    this.#follow(entry, result);
    this.#pumpSoon();
  }

  async #pass(key: string, signal: AbortSignal): Promise<Result> {
    try {
      return await this.#options.reconcile(key, signal);
    } catch (error) {
      if (!signal.aborted) this.#options.onPanic?.(key, error);
      return { type: 'failed', error: asError(error), retry: true };
    }
  }

  #report(pass: FinishedPass): void {
    try {
      this.#options.onFinished?.(pass);
    } catch (error) {
      this.#options.onPanic?.(pass.key, error);
    }
  }

  #follow(entry: Entry, result: Result): void {
    const next = this.#next(entry, result);
    const { again } = entry;
    entry.again = undefined;
    entry.state = 'idle';
    if (this.#state === 'stopped') return;
    const wish = again === undefined ? next : merge(next, again);
    if (wish !== undefined) this.#schedule(entry, wish);
    else this.#entries.delete(entry.key);
  }

  #next(entry: Entry, result: Result): Wish | undefined {
    const failed = result.type === 'failed' && result.retry;
    entry.failures = failed ? entry.failures + 1 : 0;
    if (result.type === 'again') return { at: this.#onSteady(result.at), class: result.class };
    if (!failed) return undefined;
    const delay = Math.max(backoffDelay(this.#backoff, entry.failures, this.#random), result.retryAfterMs ?? 0);
    return { at: this.#steady.now() + delay, class: 'retry' };
  }

  /** False when the time is up first. */
  async #allEnd(withinMs: number): Promise<boolean> {
    if (this.#runs.size === 0) return true;
    const timer = new AbortController();
    const ended = Promise.all([...this.#runs.values()].map((run) => run.ended)).then(() => true);
    const late = this.#steady.sleep(withinMs, timer.signal).then(
      () => false,
      () => true,
    );
    const all = await Promise.race([ended, late]);
    timer.abort();
    return all;
  }
}

function merge(planned: Wish | undefined, wish: Wish): Wish {
  if (planned === undefined) return wish;
  return {
    at: Math.min(planned.at, wish.at),
    class: outranks(wish.class, planned.class) ? wish.class : planned.class,
  };
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error('The pass threw something that is no Error.');
}
