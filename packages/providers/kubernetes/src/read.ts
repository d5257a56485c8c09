import { type Call, failure, type Outcome, ProviderError, type ReadRef, type SecretValue, success } from '@esox/core';
import { each } from '@esox/provider-kit';
import type { EnsureNamespace } from './namespaces.ts';
import { metadataValue, type SecretObject, secretValue } from './secret-object.ts';
import { secretKey, type Secrets } from './secrets.ts';

export interface ReadOptions {
  readonly secrets: Secrets;
  readonly namespace: string;
  readonly ensureNamespace: EnsureNamespace;
}

/** Requests of one batch that are under way at once. */
export const concurrency = 10;

/** One request for each Secret, however many refs name it: values, metadata and versions of it are one object. */
export async function readSecrets(
  refs: readonly ReadRef[],
  { secrets, namespace, ensureNamespace }: ReadOptions,
  call: Call,
): Promise<Outcome<SecretValue>[]> {
  const names = [...new Set(refs.map(({ key }) => key))];
  const get = async (name: string): Promise<SecretObject> => {
    try {
      return await secrets.get(secretKey(namespace, name), call);
    } catch (error) {
      if (ProviderError.is(error) && error.code === 'not-found') await ensureNamespace(call);
      throw error;
    }
  };
  const outcomes = await each(names, get, { concurrency, signal: call.signal });
  const byName = new Map(names.map((name, index) => [name, outcomes[index]]));
  return refs.map((ref) => valueOf(ref, byName.get(ref.key)));
}

function valueOf({ metadata }: ReadRef, outcome: Outcome<SecretObject> | undefined): Outcome<SecretValue> {
  if (!outcome?.ok) return outcome ?? failure(new ProviderError('internal', 'a key was not asked for'));
  try {
    return success(metadata ? metadataValue(outcome.value) : secretValue(outcome.value));
  } catch (error) {
    return failure(ProviderError.from(error, 'reading a Secret'));
  }
}
