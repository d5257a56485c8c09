import { failure, type Outcome, ProviderError, success } from '@esox/core';
import { abortError, untilAborted } from './abort.ts';

export interface EachOptions {
  /** Most items in work at once. */
  readonly concurrency: number;
  /** Once it aborts, `each` rejects. */
  readonly signal: AbortSignal;
}

/** For a backend without a batch call: runs `run` for every item. Outcomes stand in the order of `items`. */
export async function each<T, R>(
  items: readonly T[],
  run: (item: T) => Promise<R>,
  { concurrency, signal }: EachOptions,
): Promise<Outcome<R>[]> {
  const outcomes: Outcome<R>[] = Array.from({ length: items.length });
  const waiting = items.entries();
  const work = async (): Promise<void> => {
    for (const [index, item] of waiting) {
      outcomes[index] = await attempt(item, run);
      if (signal.aborted) throw abortError(signal);
    }
  };
  const workers = Array.from({ length: Math.min(concurrency, items.length) }, work);
  await untilAborted(Promise.all(workers), signal);
  return outcomes;
}

async function attempt<T, R>(item: T, run: (item: T) => Promise<R>): Promise<Outcome<R>> {
  try {
    return success(await run(item));
  } catch (error) {
    return failure(ProviderError.from(error, 'Working on one of several items'));
  }
}
