import { type FaultProxy, isWatch, statusAnswer } from '@esox/testbed';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { type InformerBench, openInformer, replay } from './informer.fixture.ts';

type Step = (bench: InformerBench) => unknown;

const name = fc.integer({ min: 0, max: 11 }).map((index) => `object-${index}`);
const isList = ({ query }: { query: URLSearchParams }): boolean => query.has('limit');
const times = 1;

const edit: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(name, fc.nat()).map(
    ([object, value]): Step =>
      (bench) =>
        bench.set(object, String(value)),
  ),
  name.map(
    (object): Step =>
      (bench) =>
        bench.remove(object),
  ),
  name.map((object): Step => async (bench) => {
    await bench.remove(object);
    await bench.set(object, 'another');
  }),
);

const fault: fc.Arbitrary<Step> = fc.constantFrom<Step>(
  ({ proxy }) => proxy.cutOpen(isWatch()),
  ({ proxy }) => proxy.cutOpen(isWatch(), { clean: true }),
  ({ proxy }) => proxy.stallOpen(isWatch()),
  ({ proxy }) => proxy.injectOpen(isWatch(), '{"type":"MODIFIED","object":{"metadata":{"name":"object-1"\n'),
  ({ proxy }) => cutThen(proxy, () => proxy.rule({ match: isWatch(), times, action: statusAnswer(410, 'Expired') })),
  ({ proxy }) =>
    cutThen(proxy, () => proxy.rule({ match: isWatch(), times, action: statusAnswer(500, 'InternalError') })),
  ({ proxy }) =>
    cutThen(proxy, () => proxy.rule({ match: isWatch(), times, action: { kind: 'cut', afterBytes: 300 } })),
  ({ proxy }) => cutThen(proxy, () => proxy.rule({ match: isWatch(), times, action: { kind: 'reset' } })),
  ({ proxy }) => proxy.rule({ match: isList, times, action: { kind: 'cut', afterBytes: 500 } }),
  ({ proxy }) => proxy.rule({ match: isList, times, action: statusAnswer(503, 'ServiceUnavailable') }),
  ({ proxy }) => proxy.rule({ match: isList, times, action: { kind: 'stall', afterBytes: 100 } }),
  () => new Promise((resolve) => setTimeout(resolve, 30)),
);

function cutThen(proxy: FaultProxy, install: () => unknown): void {
  install();
  proxy.cutOpen(isWatch());
}

test('equals the server in the end, and tells a history without a gap, whatever breaks between them', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof({ weight: 3, arbitrary: edit }, fault), { minLength: 10, maxLength: 60 }),
      async (steps) => {
        await using bench = await openInformer({ listWatch: { idleMs: 300 }, requestTimeoutMs: 500 });
        for (const step of steps) await step(bench);
        bench.proxy.reset();
        await bench.converges();
        await new Promise((resolve) => setTimeout(resolve, 20));
        const told = replay(bench.changes);
        expect([...told.keys()].toSorted()).toEqual([...keysOf(bench)].toSorted());
        for (const [key, value] of told) expect(bench.informer.get(key)).toBe(value);
        expect(bench.observed.listenerErrors).toEqual([]);
      },
    ),
    { numRuns: 25, endOnFailure: true },
  );
}, 120_000);

function keysOf(bench: InformerBench): Set<string> {
  const keys = [...Array(12).keys()].map((index) => `${bench.namespace}/object-${index}`);
  return new Set(keys.filter((key) => bench.informer.get(key) !== undefined));
}
