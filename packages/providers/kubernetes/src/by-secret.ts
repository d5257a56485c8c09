import { type Call, failure, type Outcome, ProviderError } from '@esox/core';
import { each } from '@esox/provider-kit';
import type { SecretKey } from './secrets.ts';

/** Secrets of one call that are worked on at once. */
const concurrency = 10;
const mostAttempts = 5;

export interface SecretWork<T, R> {
  /** May throw, for this item alone. */
  keyOf(item: T): SecretKey;
  /** One outcome for each item of the group; a rejection is that of all of them. */
  run(key: SecretKey, group: readonly T[]): Promise<readonly Outcome<R>[]>;
}

/** Works on each Secret once, with all the items that name it. Outcomes stand in the order of `items`. */
export async function bySecret<T, R>(
  items: readonly T[],
  { keyOf, run }: SecretWork<T, R>,
  { signal }: Call,
): Promise<Outcome<R>[]> {
  const outcomes: Outcome<R>[] = items.map(() => failure(new ProviderError('internal', 'an item was left out')));
  const groups = new Map<string, { readonly key: SecretKey; readonly indexes: number[] }>();
  for (const [index, item] of items.entries()) {
    try {
      const key = keyOf(item);
      const id = `${key.namespace}/${key.name}`;
      const group = groups.get(id) ?? { key, indexes: [] };
      group.indexes.push(index);
      groups.set(id, group);
    } catch (error) {
      outcomes[index] = failure(ProviderError.from(error, 'looking at an item'));
    }
  }
  const all = [...groups.values()];
  const results = await each(
    all,
    ({ key, indexes }) =>
      run(
        key,
        indexes.flatMap((index) => items.slice(index, index + 1)),
      ),
    { concurrency, signal },
  );
  for (const [position, { indexes }] of all.entries()) {
    const result = results[position];
    for (const [place, index] of indexes.entries()) {
      const outcome = result?.ok ? result.value[place] : result;
      if (outcome) outcomes[index] = outcome;
    }
  }
  return outcomes;
}

/** Reads and writes again where somebody else was faster in between. */
export async function untilUnchanged<R>(readAndWrite: () => Promise<R>): Promise<R> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await readAndWrite();
    } catch (error) {
      if (!ProviderError.is(error) || error.code !== 'conflict' || attempt === mostAttempts) throw error;
    }
  }
}
