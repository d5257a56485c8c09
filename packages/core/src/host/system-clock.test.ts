import { expect, test, vi } from 'vitest';
import { steadyClock, systemClock } from './system-clock.ts';

test('sleep ends after its time', async () => {
  const before = systemClock.now();
  await systemClock.sleep(20);
  expect(systemClock.now()).toBeGreaterThan(before);
});

test('no step of the wall clock shows in the steady clock', () => {
  const [wall, steady] = [systemClock.now(), steadyClock.now()];
  expect(Math.abs(wall - steady)).toBeLessThan(60_000);
  vi.useFakeTimers({ toFake: ['Date'], now: wall - 86_400_000 });
  try {
    expect(systemClock.now()).toBeLessThan(wall - 86_000_000);
    expect(steadyClock.now()).toBeGreaterThanOrEqual(steady);
    expect(steadyClock.now()).toBeLessThan(steady + 10_000);
  } finally {
    vi.useRealTimers();
  }
});

test('sleep rejects with the reason of an abort, before and meanwhile', async () => {
  const reason = new Error('stopped');
  await expect(systemClock.sleep(60_000, AbortSignal.abort(reason))).rejects.toBe(reason);
  const controller = new AbortController();
  const sleeping = systemClock.sleep(60_000, controller.signal);
  controller.abort(reason);
  await expect(sleeping).rejects.toBe(reason);
});

test('a sleep longer than the longest timer of Node does not end at once', async () => {
  vi.useFakeTimers();
  try {
    let over = false;
    const thirtyDays = 30 * 24 * 60 * 60 * 1000;
    const sleeping = systemClock.sleep(thirtyDays).then(() => (over = true));
    await vi.advanceTimersByTimeAsync(thirtyDays - 1);
    expect(over).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    await sleeping;
  } finally {
    vi.useRealTimers();
  }
});
