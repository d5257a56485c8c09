import { expect, test } from 'vitest';
import { settle } from '../fake-clock.fixture.ts';
import { QueueBench, failed } from './work-queue.fixture.ts';

const done = { type: 'done' } as const;

test('keeps keys until it is started, and then takes them by class and age', async () => {
  const bench = new QueueBench();
  for (const [key, name] of [
    ['p1', 'periodic'],
    ['r1', 'retry'],
    ['c1', 'caused'],
    ['n1', 'new'],
    ['c2', 'caused'],
    ['p2', 'periodic'],
  ] as const) {
    bench.queue.add(key, name);
  }
  await settle();
  expect(bench.started).toEqual([]);
  bench.queue.start();
  await settle();
  expect(bench.keys).toEqual(['n1', 'c1', 'c2', 'r1', 'p1', 'p2']);
});

test('has at most `concurrency` keys in work', async () => {
  const bench = new QueueBench({ concurrency: 2 });
  bench.queue.start();
  for (const key of ['a', 'b', 'c']) bench.queue.add(key, 'new');
  await settle();
  expect([...bench.inWork.keys()]).toEqual(['a', 'b']);
  expect(bench.queue.stats()).toMatchObject({ inWork: 2, waiting: { new: 1 } });
  await bench.pass('b').end(done);
  expect([...bench.inWork.keys()]).toEqual(['a', 'c']);
});

test('runs a key again right after when it is added while in work', async () => {
  const bench = new QueueBench();
  bench.queue.start();
  bench.queue.add('a', 'new');
  await settle();
  bench.queue.add('a', 'caused');
  bench.queue.add('a', 'periodic');
  await settle();
  expect(bench.keys).toEqual(['a']);
  await bench.pass('a').end({ type: 'again', at: bench.clock.now() + 60_000, class: 'periodic' });
  expect(bench.keys).toEqual(['a', 'a']);
  await bench.pass('a').end(done);
  await bench.clock.advance(120_000);
  expect(bench.keys).toEqual(['a', 'a']);
  expect(bench.finished.map((pass) => pass.class)).toEqual(['new', 'caused']);
});

test('a sooner time replaces a later one, and not the other way round', async () => {
  const bench = new QueueBench();
  bench.queue.start();
  const start = bench.clock.now();
  bench.queue.addAt('a', start + 60_000, 'periodic');
  bench.queue.addAt('a', start + 5_000, 'periodic');
  bench.queue.addAt('a', start + 90_000, 'retry');
  await bench.clock.advance(4_999);
  expect(bench.started).toEqual([]);
  await bench.clock.advance(1);
  expect(bench.keys).toEqual(['a']);
  await bench.pass('a').end(done);
  expect(bench.finished).toMatchObject([{ class: 'retry', waitedMs: 0 }]);
  await bench.clock.advance(200_000);
  expect(bench.keys).toEqual(['a']);
});

test('a key that waits moves up when it is added with a higher class', async () => {
  const bench = new QueueBench({ concurrency: 1 });
  bench.queue.start();
  for (const key of ['first', 'a', 'b', 'c']) bench.queue.add(key, 'periodic');
  await settle();
  bench.queue.add('c', 'caused');
  bench.queue.add('c', 'periodic');
  await bench.drain();
  expect(bench.keys).toEqual(['first', 'c', 'a', 'b']);
});

test('an `again` result is followed at its time and with its class', async () => {
  const bench = new QueueBench();
  bench.queue.start();
  bench.queue.add('a', 'new');
  await settle();
  await bench.pass('a').end({ type: 'again', at: bench.clock.now() + 1_000, class: 'periodic' });
  expect(bench.queue.stats()).toMatchObject({ delayed: 1, inWork: 0 });
  await bench.clock.advance(999);
  expect(bench.keys).toEqual(['a']);
  await bench.clock.advance(1);
  await bench.pass('a').end(done);
  expect(bench.finished.map((pass) => pass.class)).toEqual(['new', 'periodic']);
});

async function retryDelays(bench: QueueBench, failures: number): Promise<number[]> {
  const delays: number[] = [];
  bench.queue.start();
  bench.queue.add('a', 'new');
  await settle();
  for (let count = 0; count < failures; count += 1) {
    const failedAt = bench.clock.now();
    await bench.pass('a').end(failed);
    await bench.clock.advance(500_000);
    delays.push(bench.pass('a').startedAt - failedAt);
  }
  return delays;
}

test('retries from one second, doubled each time, to seven minutes at most', async () => {
  const seconds = 1_000;
  const lowest = await retryDelays(new QueueBench({ random: () => 0 }), 11);
  expect(lowest).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 280, 280].map((wait) => wait * seconds));
  const highest = await retryDelays(new QueueBench({ random: () => 1 }), 11);
  expect(highest).toEqual([1.5, 3, 6, 12, 24, 48, 96, 192, 384, 420, 420].map((wait) => wait * seconds));
});

test.each([done, { type: 'failed', error: new Error('no use'), retry: false } as const])(
  'begins anew with the backoff after $type',
  async (result) => {
    const bench = new QueueBench({ random: () => 0 });
    await retryDelays(bench, 5);
    await bench.pass('a').end(result);
    expect(bench.queue.stats()).toMatchObject({ delayed: 0, inWork: 0 });
    bench.queue.add('a', 'caused');
    await settle();
    await bench.pass('a').end(failed);
    await bench.clock.advance(1_000);
    expect(bench.inWork.has('a')).toBe(true);
  },
);

test('waits at least as long as a failure asks for', async () => {
  const bench = new QueueBench({ random: () => 0 });
  bench.queue.start();
  bench.queue.add('a', 'new');
  await settle();
  await bench.pass('a').end({ ...failed, retryAfterMs: 30_000 });
  await bench.clock.advance(29_999);
  expect(bench.inWork.size).toBe(0);
  await bench.clock.advance(1);
  expect(bench.inWork.size).toBe(1);
});

test('a pass that throws is reported and retried, and harms no other key', async () => {
  const bench = new QueueBench({ random: () => 0 });
  bench.queue.start();
  bench.queue.add('bad', 'new');
  bench.queue.add('good', 'new');
  await settle();
  const bug = new TypeError('a bug');
  await bench.pass('bad').fail(bug);
  await bench.pass('good').end(done);
  expect(bench.panics).toEqual([{ key: 'bad', error: bug }]);
  expect(bench.finished.map(({ key, result }) => [key, result.type])).toEqual([
    ['bad', 'failed'],
    ['good', 'done'],
  ]);
  await bench.clock.advance(1_000);
  expect([...bench.inWork.keys()]).toEqual(['bad']);
});

test('a pass that throws before its first await is reported and retried as well', async () => {
  const panics: unknown[] = [];
  const bench = new QueueBench({
    random: () => 0,
    reconcile: () => {
      throw new RangeError('at once');
    },
    onPanic: (_key, error) => panics.push(error),
  });
  bench.queue.start();
  bench.queue.add('a', 'new');
  await settle();
  await bench.clock.advance(1_000);
  expect(panics).toEqual([new RangeError('at once'), new RangeError('at once')]);
});

test('an observer that throws is reported and harms nobody', async () => {
  const bug = new Error('an observer');
  const bench = new QueueBench({
    onFinished: () => {
      throw bug;
    },
  });
  bench.queue.start();
  bench.queue.add('a', 'new');
  await settle();
  await bench.pass('a').end({ type: 'again', at: bench.clock.now() + 1, class: 'periodic' });
  expect(bench.panics).toEqual([{ key: 'a', error: bug }]);
  await bench.clock.advance(1);
  expect(bench.keys).toEqual(['a', 'a']);
});

test('forgets what is planned, and still follows the pass in work', async () => {
  const bench = new QueueBench({ concurrency: 1, random: () => 0 });
  bench.queue.start();
  for (const key of ['working', 'waiting']) bench.queue.add(key, 'new');
  bench.queue.addAt('delayed', bench.clock.now() + 1_000, 'periodic');
  await settle();
  bench.queue.add('working', 'caused');
  for (const key of ['working', 'waiting', 'delayed', 'unknown']) bench.queue.forget(key);
  await bench.pass('working').end(failed);
  expect(bench.queue.stats()).toMatchObject({ delayed: 1, inWork: 0, waiting: { new: 0 } });
  await bench.clock.advance(2_000);
  expect(bench.keys).toEqual(['working', 'working']);
});

test('has one timer for all delayed keys', async () => {
  const bench = new QueueBench();
  bench.queue.start();
  for (let index = 0; index < 1_000; index += 1) {
    bench.queue.addAt(`key-${index}`, bench.clock.now() + ((index * 7_919) % 1_000) + 1, 'periodic');
  }
  await settle();
  expect(bench.clock.sleeping).toBe(1);
  await bench.clock.advance(500);
  expect(bench.started.length + bench.queue.stats().waiting.periodic).toBe(500);
  expect(bench.clock.sleeping).toBe(1);
});

test('tells how long the oldest key that could run has been due', async () => {
  const bench = new QueueBench({ concurrency: 1 });
  bench.queue.start();
  bench.queue.add('working', 'new');
  await settle();
  expect(bench.queue.stats().oldestOverdueMs).toBe(0);
  bench.queue.addAt('late', bench.clock.now() + 2_000, 'periodic');
  await bench.clock.advance(1_000);
  bench.queue.add('soon', 'new');
  await bench.clock.advance(5_000);
  expect(bench.queue.stats()).toEqual({
    waiting: { new: 1, caused: 0, retry: 0, periodic: 1 },
    inWork: 1,
    delayed: 0,
    oldestOverdueMs: 5_000,
  });
});

test('an aged key gets its turn under a flood of a higher class, which keeps three turns of four', async () => {
  const bench = new QueueBench({ concurrency: 1 });
  bench.queue.start();
  for (const key of ['old-1', 'old-2', 'old-3']) bench.queue.add(key, 'periodic');
  await settle();
  await bench.clock.advance(30_000);
  for (let index = 0; index < 20; index += 1) bench.queue.add(`new-${index}`, 'new');
  for (let turn = 0; turn < 12; turn += 1) await [...bench.inWork.values()][0]?.end(done);
  const turns = bench.keys.slice(1, 13);
  expect(turns.filter((key) => key.startsWith('new'))).toHaveLength(10);
  expect(turns.filter((key) => key.startsWith('old'))).toEqual(['old-2', 'old-3']);
});

test('stop waits for what is in work, starts nothing, and ignores what comes', async () => {
  const bench = new QueueBench({ concurrency: 1 });
  bench.queue.start();
  for (const key of ['working', 'waiting']) bench.queue.add(key, 'new');
  bench.queue.addAt('delayed', bench.clock.now() + 1, 'new');
  await settle();
  let stopped = false;
  const stop = bench.queue.stop(10_000).then(() => {
    stopped = true;
  });
  bench.queue.add('late', 'new');
  await bench.clock.advance(9_999);
  expect(stopped).toBe(false);
  await bench.pass('working').end(failed);
  await stop;
  await bench.clock.advance(1_000_000);
  expect(bench.keys).toEqual(['working']);
  expect(bench.clock.sleeping).toBe(0);
});

test('stop aborts what is in work after the grace, and does not wait for ever', async () => {
  const bench = new QueueBench();
  bench.queue.start();
  bench.queue.add('obeys', 'new');
  bench.queue.add('hangs', 'new');
  await settle();
  const obeys = bench.pass('obeys');
  obeys.signal.addEventListener('abort', () => void obeys.fail(obeys.signal.reason));
  const stop = bench.queue.stop(10_000);
  await bench.clock.advance(9_999);
  expect(obeys.signal.aborted).toBe(false);
  await bench.clock.advance(1);
  expect([obeys.signal.aborted, bench.pass('hangs').signal.aborted]).toEqual([true, true]);
  await bench.clock.advance(1_000);
  await stop;
  expect(bench.panics).toEqual([]);
  expect([...bench.inWork.keys()]).toEqual(['hangs']);
});
