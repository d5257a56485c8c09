import { setTimeout as sleep } from 'node:timers/promises';

export interface WaitOptions {
  /** What is waited for, for the error at the deadline. */
  what: string;
  deadlineMs: number;
  intervalMs?: number;
  signal?: AbortSignal;
}

/**
 * Resolves with the first answer of `check` that is neither false nor undefined. An error that `check`
 * throws counts as "not yet", and becomes the cause of the error at the deadline.
 */
export async function waitUntil<T>(
  check: () => T | false | undefined | Promise<T | false | undefined>,
  options: WaitOptions,
): Promise<T> {
  const end = Date.now() + options.deadlineMs;
  let cause: unknown;
  do {
    options.signal?.throwIfAborted();
    try {
      const answer = await check();
      if (answer !== false && answer !== undefined) return answer;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    await sleep(options.intervalMs ?? 50);
  } while (Date.now() < end);
  throw new Error(`${options.what}: not after ${options.deadlineMs} ms`, { cause });
}
