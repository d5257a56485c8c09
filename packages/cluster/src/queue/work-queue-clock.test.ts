import { expect, test } from 'vitest';
import { QueueBench } from './work-queue.fixture.ts';

test.each([86_400_000, -86_400_000])(
  'what waits is due in its time, though the wall clock is set by %i ms',
  async (step) => {
    const bench = new QueueBench();
    bench.queue.start();
    bench.queue.addAt('a', bench.clock.now() + 60_000, 'periodic');
    bench.wallStepMs = step;
    bench.queue.addAt('b', bench.clock.now() + step + 70_000, 'periodic');
    await bench.clock.advance(59_999);
    expect(bench.keys).toEqual([]);
    expect(bench.queue.stats().oldestOverdueMs).toBe(0);
    await bench.clock.advance(1);
    expect(bench.keys).toEqual(['a']);
    await bench.pass('a').end({ type: 'again', at: bench.clock.now() + step + 5_000, class: 'periodic' });
    await bench.clock.advance(4_999);
    expect(bench.keys).toEqual(['a']);
    await bench.clock.advance(5_001);
    expect(bench.keys).toEqual(['a', 'a', 'b']);
  },
);
