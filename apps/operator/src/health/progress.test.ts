import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Progress } from './progress.ts';

let busy: boolean;
let progress: Progress;

beforeEach(() => {
  vi.useFakeTimers();
  busy = true;
  progress = new Progress(() => busy);
});

afterEach(() => {
  progress.stop();
  vi.useRealTimers();
});

const minutes = (count: number) => vi.advanceTimersByTimeAsync(count * 60_000);

it('work of which nothing ends for five minutes is stuck, and no longer once something ends', async () => {
  await minutes(5);
  expect(progress.isStuck).toBe(false);
  await minutes(0.1);
  expect(progress.isStuck).toBe(true);
  progress.note();
  expect(progress.isStuck).toBe(false);
});

it('slow work is not stuck as long as something ends now and then', async () => {
  for (let round = 0; round < 20; round += 1) {
    await minutes(4.9);
    expect(progress.isStuck).toBe(false);
    progress.note();
  }
});

it('who has nothing to do is not stuck, and neither is who has just got something to do', async () => {
  busy = false;
  await minutes(600);
  busy = true;
  expect(progress.isStuck).toBe(false);
  await minutes(4.8);
  expect(progress.isStuck).toBe(false);
  await minutes(0.5);
  expect(progress.isStuck).toBe(true);
});
