import { type Call, type Outcome, ProviderError, type RemoteRef, success } from '@esox/core';
import type { JsonObject } from '@esox/provider-kit';
import { bySecret, untilUnchanged } from './by-secret.ts';
import { member, type SecretObject } from './secret-object.ts';
import { type SecretKey, secretKey, type Secrets } from './secrets.ts';
import { existing } from './write.ts';

export interface SecretsOfNamespace {
  readonly secrets: Secrets;
  readonly namespace: string;
}

/** With a property, one key; a Secret whose last key goes, goes itself. What is absent counts as removed. */
export async function removeSecrets(
  refs: readonly RemoteRef[],
  { secrets, namespace }: SecretsOfNamespace,
  call: Call,
): Promise<Outcome<void>[]> {
  return await bySecret(
    refs,
    {
      keyOf: (ref) => secretKey(namespace, ref.key),
      async run(key, group) {
        const properties = group.flatMap(({ property }) => (property === undefined ? [] : [property]));
        const isWhole = properties.length < group.length;
        await (isWhole
          ? deleteSecret(key, undefined, secrets, call)
          : untilUnchanged(() => removeProperties(key, properties, secrets, call)));
        return group.map(() => success(undefined));
      },
    },
    call,
  );
}

export async function secretsExist(
  refs: readonly RemoteRef[],
  { secrets, namespace }: SecretsOfNamespace,
  call: Call,
): Promise<Outcome<boolean>[]> {
  return await bySecret(
    refs,
    {
      keyOf: (ref) => secretKey(namespace, ref.key),
      async run(key, group) {
        const secret = await existing(key, secrets, call);
        return group.map(({ property }) => success(secret !== undefined && hasProperty(secret, property)));
      },
    },
    call,
  );
}

function hasProperty(secret: SecretObject, property: string | undefined): boolean {
  return property === undefined || Object.hasOwn(member(secret, 'data'), property);
}

async function removeProperties(
  key: SecretKey,
  properties: readonly string[],
  secrets: Secrets,
  call: Call,
): Promise<void> {
  const secret = await existing(key, secrets, call);
  if (!secret || !properties.some((property) => hasProperty(secret, property))) return;
  const entries = Object.entries(member(secret, 'data')).filter(([name]) => !properties.includes(name));
  if (entries.length === 0) return await deleteSecret(key, secret, secrets, call);
  const data: JsonObject = Object.fromEntries(entries);
  await secrets.replace(key, { ...secret, data }, call);
}

async function deleteSecret(
  key: SecretKey,
  seen: SecretObject | undefined,
  secrets: Secrets,
  call: Call,
): Promise<void> {
  try {
    await secrets.delete(key, seen, call);
  } catch (error) {
    if (!ProviderError.is(error) || error.code !== 'not-found') throw error;
  }
}
