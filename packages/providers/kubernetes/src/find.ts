import { type Call, type FindQuery, type FoundSecret, ProviderError } from '@esox/core';
import { matchName } from '@esox/provider-kit';
import type { ReadOptions } from './read.ts';
import { nameOf, secretValue } from './secret-object.ts';

/** All Secrets of the namespace that match, with their values. Tags are labels; with tags, a name is not looked at. */
export async function* find(
  query: FindQuery,
  { secrets, namespace, ensureNamespace }: ReadOptions,
  call: Call,
): AsyncIterable<FoundSecret> {
  const { labelSelector, matches } = selection(query);
  let next: string | undefined;
  let found = 0;
  do {
    const page = await secrets.list({ namespace, labelSelector, next }, call);
    for (const secret of page.secrets) {
      const key = nameOf(secret);
      if (!matches(key)) continue;
      found += 1;
      yield { key, ref: { key }, value: secretValue(secret) };
    }
    next = page.next;
  } while (next !== undefined);
  if (found === 0) await ensureNamespace(call);
}

interface SecretSelection {
  readonly labelSelector: string;
  matches(name: string): boolean;
}

function selection({ name, tags }: FindQuery): SecretSelection {
  if (tags !== undefined) return { labelSelector: selector(tags), matches: () => true };
  if (name !== undefined) return { labelSelector: '', matches: matchName(name) };
  throw new ProviderError('invalid-ref', 'find needs name.regexp or tags: the kubernetes provider finds by these two');
}

function selector(tags: Readonly<Record<string, string>>): string {
  for (const [name, value] of Object.entries(tags)) {
    if (isLabelName(name) && isLabelValue(value)) continue;
    throw new ProviderError(
      'invalid-ref',
      `find.tags: ${JSON.stringify(name)} with ${JSON.stringify(value)} cannot be a label of a Secret`,
    );
  }
  return Object.entries(tags)
    .map(([name, value]) => `${name}=${value}`)
    .join(',');
}

function isLabelName(text: string): boolean {
  const [name = '', prefix, ...more] = text.split('/').toReversed();
  if (more.length > 0 || !isLabelValue(name) || name === '') return false;
  return (
    prefix === undefined ||
    (prefix.length <= 253 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(prefix))
  );
}

function isLabelValue(text: string): boolean {
  return text.length <= 63 && /^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/.test(text);
}
