import { FakeClock, settle } from '../fake-clock.fixture.ts';
import type { Result } from './queue.ts';
import { type FinishedPass, WorkQueue, type WorkQueueOptions } from './work-queue.ts';

export interface Pass {
  readonly key: string;
  readonly startedAt: number;
  readonly signal: AbortSignal;
  end(result: Result): Promise<void>;
  fail(error: unknown): Promise<void>;
}

/** A queue whose passes a test ends by hand. */
export class QueueBench {
  readonly clock = new FakeClock();
  /** By which the wall clock is set wrong. */
  wallStepMs = 0;
  readonly queue: WorkQueue;
  /** All passes so far, in the order in which they began. */
  readonly started: Pass[] = [];
  readonly inWork = new Map<string, Pass>();
  readonly finished: FinishedPass[] = [];
  readonly panics: { key: string; error: unknown }[] = [];

  constructor(options: Partial<WorkQueueOptions> = {}) {
    this.queue = new WorkQueue({
      clock: {
        now: () => this.clock.now() + this.wallStepMs,
        sleep: () => Promise.reject(new Error('no wall sleeps')),
      },
      steady: this.clock,
      reconcile: (key, signal) => this.#begin(key, signal),
      onFinished: (pass) => this.finished.push(pass),
      onPanic: (key, error) => this.panics.push({ key, error }),
      ...options,
    });
  }

  get keys(): string[] {
    return this.started.map((pass) => pass.key);
  }

  pass(key: string): Pass {
    const pass = this.inWork.get(key);
    if (pass === undefined) throw new Error(`${key} is not in work`);
    return pass;
  }

  /** Ends all passes as `done`, and those that follow, until no key is left to run now. */
  async drain(): Promise<void> {
    await settle();
    while (this.inWork.size > 0) for (const pass of this.inWork.values()) await pass.end({ type: 'done' });
  }

  #begin(key: string, signal: AbortSignal): Promise<Result> {
    if (this.inWork.has(key)) throw new Error(`${key} is in work twice`);
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    const leave = async (act: () => void): Promise<void> => {
      this.inWork.delete(key);
      act();
      await settle();
    };
    const pass: Pass = {
      key,
      startedAt: this.clock.now(),
      signal,
      end: (result) => leave(() => resolve(result)),
      fail: (error) => leave(() => reject(error)),
    };
    this.started.push(pass);
    this.inWork.set(key, pass);
    return promise;
  }
}

export const failed = { type: 'failed', error: new Error('it failed'), retry: true } as const satisfies Result;
