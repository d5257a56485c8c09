import type { Clock } from '../provider/host.ts';

/** A longer timer fires at once in Node. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

function timer(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      clearTimeout(handle);
      reject(signal?.reason);
    };
    const handle = setTimeout(() => {
      signal?.removeEventListener('abort', abort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', abort, { once: true });
  });
}

async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  for (let left = ms; left > 0; left -= LONGEST_TIMER_MS) await timer(Math.min(left, LONGEST_TIMER_MS), signal);
}

/** The time of this machine, as its wall clock has it: for what others read. It may be set at any moment. */
export const systemClock: Clock = { now: () => Date.now(), sleep };

/** The time that passes on this machine, whoever sets its clock: for how long something lasts or is waited for. */
export const steadyClock: Clock = { now: () => performance.timeOrigin + performance.now(), sleep };
