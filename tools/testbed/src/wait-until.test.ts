import { expect, test, vi } from 'vitest';
import { waitUntil } from './wait-until.ts';

const soon = { what: 'it', deadlineMs: 200, intervalMs: 5 };

test('answers the first truth, whatever came before', async () => {
  const check = vi
    .fn<() => Promise<number | false | undefined>>()
    .mockResolvedValueOnce(false)
    .mockResolvedValueOnce(undefined)
    .mockRejectedValueOnce(new Error('not yet'))
    .mockResolvedValue(0);
  expect(await waitUntil(check, soon)).toBe(0);
  expect(check).toHaveBeenCalledTimes(4);
});

test('says what did not happen, and the last error', async () => {
  const cause = new Error('refused');
  await expect(waitUntil(() => Promise.reject(cause), soon)).rejects.toMatchObject({
    message: 'it: not after 200 ms',
    cause,
  });
});

test('gives up when its signal does', async () => {
  const signal = AbortSignal.abort(new Error('exited'));
  await expect(waitUntil(() => false, { ...soon, signal })).rejects.toThrow('exited');
});
