import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { settle } from '../fake-clock.fixture.ts';
import type { QueueClass, Result } from './queue.ts';
import { CLASSES } from './waiting-list.ts';
import { failed, QueueBench } from './work-queue.fixture.ts';

const key = fc.constantFrom('a', 'b', 'c', 'd', 'e');
const queueClass = fc.constantFrom<QueueClass>(...CLASSES);
const outcome = fc.oneof(
  fc.constant<(now: number) => Result>(() => ({ type: 'done' })),
  fc.constant<(now: number) => Result>(() => failed),
  fc.constant<(now: number) => Result>(() => ({ ...failed, retry: false })),
  fc.tuple(fc.integer({ min: -10, max: 5_000 }), queueClass).map(([wait, name]) => (now: number): Result => ({
    type: 'again',
    at: now + wait,
    class: name,
  })),
);

type Step = (model: Model) => void | Promise<void>;

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(key, queueClass).map(
    ([name, className]) =>
      (model: Model) =>
        model.add(name, 0, className),
  ),
  fc.tuple(key, fc.integer({ min: -5, max: 3_000 }), queueClass).map(
    ([name, wait, className]) =>
      (model: Model) =>
        model.add(name, wait, className),
  ),
  fc.tuple(fc.nat(), outcome).map(
    ([choice, result]) =>
      (model: Model) =>
        model.end(choice, result),
  ),
  fc.tuple(fc.nat(), outcome).map(
    ([choice, result]) =>
      (model: Model) =>
        model.end(choice, result),
  ),
  fc.integer({ min: 1, max: 2_000 }).map((ms) => (model: Model) => model.bench.clock.advance(ms)),
  fc.constant<Step>(() => settle()),
);

/** A pass that was asked for when so many passes had begun. */
interface Promised {
  readonly key: string;
  readonly startedBefore: number;
}

class Model {
  readonly bench: QueueBench;
  readonly #promised: Promised[] = [];
  readonly #concurrency: number;

  constructor(concurrency: number) {
    this.#concurrency = concurrency;
    this.bench = new QueueBench({ concurrency, random: () => 0.5 });
    this.bench.queue.start();
  }

  add(name: string, wait: number, className: QueueClass): void {
    this.#promise(name);
    this.bench.queue.addAt(name, this.bench.clock.now() + wait, className);
  }

  async end(choice: number, result: (now: number) => Result): Promise<void> {
    const passes = [...this.bench.inWork.values()];
    const pass = passes[choice % Math.max(1, passes.length)];
    if (pass === undefined) return;
    const what = result(this.bench.clock.now());
    if (what.type === 'again' || (what.type === 'failed' && what.retry)) this.#promise(pass.key);
    await pass.end(what);
  }

  /** `QueueBench` itself throws when a key is in work twice, which shows as a panic. */
  check(): void {
    const { inWork, waiting, oldestOverdueMs } = this.bench.queue.stats();
    expect(this.bench.panics).toEqual([]);
    expect(inWork).toBe(this.bench.inWork.size);
    expect(inWork).toBeLessThanOrEqual(this.#concurrency);
    if (inWork < this.#concurrency) expect({ waiting, oldestOverdueMs }).toEqual(nothingWaits);
  }

  /** Lets all time pass and all work end: every pass that was asked for began after it was. */
  async settleAccounts(): Promise<void> {
    await this.bench.drain();
    while (this.bench.queue.stats().delayed > 0) {
      await this.bench.clock.advance(500_000);
      await this.bench.drain();
    }
    for (const { key: name, startedBefore } of this.#promised) {
      expect(this.bench.keys.slice(startedBefore), 'lost a key').toContain(name);
    }
    expect(this.bench.queue.stats()).toEqual({ ...nothingWaits, inWork: 0, delayed: 0 });
  }

  #promise(name: string): void {
    this.#promised.push({ key: name, startedBefore: this.bench.started.length });
  }
}

const nothingWaits = { waiting: { new: 0, caused: 0, retry: 0, periodic: 0 }, oldestOverdueMs: 0 };

test('loses no key, never runs one twice at once, and leaves no worker idle while a key waits', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.array(step, { minLength: 1, maxLength: 40 }),
      async (concurrency, steps) => {
        const model = new Model(concurrency);
        for (const take of steps) {
          await take(model);
          await settle();
          model.check();
        }
        await model.settleAccounts();
      },
    ),
    { numRuns: 400 },
  );
});

test('takes keys that wait in the order of their classes, first come first served', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(fc.string(), queueClass), { maxLength: 60 }), async (adds) => {
      const bench = new QueueBench({ concurrency: 1 });
      // Where each key waits at last: at the end of its class when it came into it, by a higher wish.
      const expected = new Map<string, QueueClass>();
      for (const [name, className] of adds) {
        bench.queue.add(name, className);
        const known = expected.get(name);
        if (known !== undefined && CLASSES.indexOf(known) <= CLASSES.indexOf(className)) continue;
        expected.delete(name);
        expected.set(name, className);
      }
      bench.queue.start();
      await bench.drain();
      const inOrder = CLASSES.flatMap((name) => [...expected].filter(([, className]) => className === name));
      expect(bench.keys).toEqual(inOrder.map(([name]) => name));
    }),
  );
});

test('no key waits longer than its age allows, whatever floods the queue', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(queueClass, { minLength: 1, maxLength: 12 }),
      fc.constantFrom<QueueClass>('new', 'caused', 'retry'),
      async (classes, flood) => {
        const bench = new QueueBench({ concurrency: 1, ageing: { afterMs: 10_000, onePickIn: 4 } });
        bench.queue.start();
        classes.forEach((className, index) => bench.queue.add(`old-${index}`, className));
        // Each pass takes one second, and in each second two more keys come.
        const bound = 10 + 4 * classes.length;
        for (let second = 0; second <= bound; second += 1) {
          bench.queue.add(`flood-${second}-1`, flood);
          bench.queue.add(`flood-${second}-2`, flood);
          await bench.clock.advance(1_000);
          for (const pass of bench.inWork.values()) await pass.end({ type: 'done' });
        }
        for (const index of classes.keys()) expect(bench.keys).toContain(`old-${index}`);
      },
    ),
    { numRuns: 40 },
  );
});
