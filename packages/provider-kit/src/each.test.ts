import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { ProviderError } from '@esox/core';
import { each } from './each.ts';

const open = new AbortController().signal;

test('outcomes stand in the order of the items, and a failure stays with its item', async () => {
  const outcomes = await each(
    [3, 1, 2],
    async (item) => {
      for (let turn = 0; turn < item; turn += 1) await nextTurn();
      if (item === 1) throw new ProviderError('denied', 'not this one');
      return item * 10;
    },
    { concurrency: 3, signal: open },
  );
  expect(outcomes).toMatchObject([{ value: 30 }, { error: { code: 'denied' } }, { value: 20 }]);
});

test('a foreign error becomes internal, without its text', async () => {
  const [outcome] = await each([1], async () => Promise.reject(new Error('canary-4711')), {
    concurrency: 1,
    signal: open,
  });
  expect(outcome).toMatchObject({ ok: false, error: { code: 'internal' } });
  expect(outcome?.ok === false && outcome.error.message).not.toContain('4711');
});

test('no more are in work at once than allowed, and all are done', async () => {
  let inWork = 0;
  let most = 0;
  const items = Array.from({ length: 25 }, (_, index) => index);
  const outcomes = await each(
    items,
    async (item) => {
      most = Math.max(most, (inWork += 1));
      await nextTurn();
      inWork -= 1;
      return item;
    },
    { concurrency: 4, signal: open },
  );
  expect(most).toBe(4);
  expect(outcomes.map((outcome) => outcome.ok && outcome.value)).toEqual(items);
});

test('an abort rejects at once, and no further item is begun', async () => {
  const controller = new AbortController();
  let begun = 0;
  const running = each(
    [1, 2, 3],
    async () => {
      begun += 1;
      return await new Promise<never>(() => {});
    },
    { concurrency: 1, signal: controller.signal },
  );
  controller.abort(new ProviderError('unavailable', 'deadline'));
  await expect(running).rejects.toThrow('deadline');
  expect(begun).toBe(1);
});

test('no items are no work', async () => {
  expect(await each([], async () => 1, { concurrency: 4, signal: open })).toEqual([]);
});
