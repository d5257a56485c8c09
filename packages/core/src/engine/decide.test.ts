import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProviderError, type ErrorCode } from '../provider/errors.ts';
import { failure, success } from '../provider/outcome.ts';
import { Sealed } from '../provider/sealed.ts';
import { decide, type CreationPolicy, type DecideInput, type DeletionPolicy } from './decide.ts';
import type { ShapedEntry } from './shape-entries.ts';

const codes: readonly ErrorCode[] = [
  'not-found',
  'denied',
  'unauthenticated',
  'invalid-config',
  'invalid-ref',
  'conflict',
  'rate-limited',
  'unavailable',
  'not-supported',
  'internal',
];
const deletionPolicies: readonly DeletionPolicy[] = ['Delete', 'Merge', 'Retain'];
const creationPolicies: readonly CreationPolicy[] = ['Owner', 'Orphan', 'Merge', 'None', 'CreateOrMerge'];
const store = { kind: 'SecretStore', name: 'vault' } as const;

function value(index: number): ShapedEntry {
  const secretKey = `key-${index}`;
  const entry = { field: 'data', index, secretKey, ref: { key: secretKey }, store } as const;
  return { entry, outcome: success(new Map([[secretKey, Sealed.text('value')]])), absent: false };
}

function fails(index: number, code: ErrorCode): ShapedEntry {
  return { ...value(index), outcome: failure(new ProviderError(code, `it is ${code}`)), absent: code === 'not-found' };
}

function foundNothing(index: number): ShapedEntry {
  const entry = { field: 'dataFrom', index, find: {}, rewrite: [], store } as const;
  return { entry, outcome: success(new Map()), absent: true };
}

/** An existing document without a member. */
function empty(index: number): ShapedEntry {
  const entry = { field: 'dataFrom', index, extract: { key: 'doc' }, rewrite: [], store } as const;
  return { entry, outcome: success(new Map()), absent: false };
}

const base = { deletionPolicy: 'Delete', creationPolicy: 'Owner', generationRead: 1, generationNow: 1 } as const;

describe('decide', () => {
  it('scenario 36: Delete drops the key that is gone, and deletes when all are', () => {
    const one = decide({ ...base, shaped: [value(0), fails(1, 'not-found')] });
    expect(one).toMatchObject({ type: 'apply', missing: [{ entry: { index: 1 } }] });
    expect(one.type === 'apply' && [...one.data.keys()]).toEqual(['key-0']);
    expect(decide({ ...base, shaped: [fails(0, 'not-found'), foundNothing(1)] })).toMatchObject({
      type: 'delete',
      missing: { length: 2 },
    });
  });

  it('scenario 37: under Retain an absent key is a failure', () => {
    const decision = decide({ ...base, deletionPolicy: 'Retain', shaped: [value(0), fails(1, 'not-found')] });
    expect(decision).toMatchObject({ type: 'fail', error: { code: 'not-found' }, entry: { index: 1 } });
  });

  it('scenario 38: under Retain an empty result without an error keeps what is there', () => {
    for (const shaped of [[foundNothing(0)], [empty(0)]]) {
      expect(decide({ ...base, deletionPolicy: 'Retain', shaped })).toEqual({ type: 'retain' });
    }
  });

  it('scenario 39: under Merge the managed keys go and the target stays', () => {
    const shaped = [fails(0, 'not-found')];
    expect(decide({ ...base, deletionPolicy: 'Merge', creationPolicy: 'Merge', shaped })).toEqual({
      type: 'apply',
      data: new Map(),
      missing: shaped,
    });
  });

  it('scenario 40: Delete without Owner fails and deletes nothing', () => {
    for (const creationPolicy of ['Orphan', 'Merge', 'None', 'CreateOrMerge'] as const) {
      const decision = decide({ ...base, creationPolicy, shaped: [fails(0, 'not-found')] });
      expect(decision).toMatchObject({ type: 'refuse', error: { code: 'invalid-config' }, missing: { length: 1 } });
    }
  });

  it('an existing document without members empties the target and does not delete it', () => {
    expect(decide({ ...base, shaped: [empty(0)] })).toMatchObject({ type: 'apply', data: new Map() });
  });

  it('an object that changed meanwhile is not deleted', () => {
    expect(decide({ ...base, generationNow: 2, shaped: [fails(0, 'not-found')] })).toEqual({ type: 'stale' });
  });

  it('nothing to read deletes nothing', () => {
    for (const deletionPolicy of deletionPolicies) {
      expect(decide({ ...base, deletionPolicy, shaped: [] })).toEqual({ type: 'retain' });
    }
  });

  it('scenario 57: of two entries with one key the later wins', () => {
    const later = { ...value(1), outcome: success(new Map([['key-0', Sealed.text('later')]])) };
    const decision = decide({ ...base, shaped: [value(0), later] });
    expect(decision.type === 'apply' && decision.data.get('key-0')?.openText()).toBe('later');
  });
});

describe('over all combinations of answers', () => {
  const answer = (index: number) =>
    fc.oneof(
      fc.constant(value(index)),
      fc.constant(foundNothing(index)),
      fc.constant(empty(index)),
      fc.constantFrom(...codes).map((code) => fails(index, code)),
    );
  const shaped = fc
    .integer({ min: 0, max: 6 })
    .chain((count) => fc.tuple(...Array.from({ length: count }, (_, index) => answer(index))));
  const input: fc.Arbitrary<DecideInput> = fc.record({
    shaped,
    deletionPolicy: fc.constantFrom(...deletionPolicies),
    creationPolicy: fc.constantFrom(...creationPolicies),
    generationRead: fc.integer({ min: 1, max: 2 }),
    generationNow: fc.integer({ min: 1, max: 2 }),
  });
  const failsOtherwise = (item: ShapedEntry) => !item.outcome.ok && item.outcome.error.code !== 'not-found';
  const runs = { numRuns: 5_000 };

  it('a failure other than not-found never deletes and never drops a key', () => {
    fc.assert(
      fc.property(input, (given) => {
        fc.pre(given.shaped.some(failsOtherwise));
        expect(decide(given).type).toBe('fail');
      }),
      runs,
    );
  });

  it('delete means: deletionPolicy Delete, creationPolicy Owner, same generation, and every entry absent', () => {
    fc.assert(
      fc.property(input, (given) => {
        const mayDelete =
          given.deletionPolicy === 'Delete' &&
          given.creationPolicy === 'Owner' &&
          given.generationRead === given.generationNow &&
          given.shaped.length > 0 &&
          given.shaped.every((item) => item.absent);
        expect(decide(given).type === 'delete').toBe(mayDelete);
      }),
      runs,
    );
  });

  it('what is applied holds every key that was read', () => {
    fc.assert(
      fc.property(input, (given) => {
        const decision = decide(given);
        if (decision.type !== 'apply') return;
        const read = given.shaped.flatMap((item) => (item.outcome.ok ? [...item.outcome.value.keys()] : []));
        expect([...decision.data.keys()].sort()).toEqual(read.sort());
      }),
      runs,
    );
  });

  it('does not trust a mark of absence beside a value', () => {
    const lying = { ...value(0), absent: true };
    expect(decide({ ...base, shaped: [lying] }).type).toBe('apply');
  });
});
