import { type Call, failure, type Outcome, ProviderError, type PushItem, type StoreInfo, success } from '@esox/core';
import { bySecret, untilUnchanged } from './by-secret.ts';
import { isEqual, newSecret, withItem } from './push-draft.ts';
import { type PushMetadata, pushMetadata } from './push-metadata.ts';
import type { SecretObject } from './secret-object.ts';
import { type SecretKey, secretKey, type Secrets } from './secrets.ts';

export interface WriteOptions {
  readonly secrets: Secrets;
  readonly namespace: string;
  readonly storeKind: StoreInfo['kind'];
}

interface Push {
  readonly item: PushItem;
  readonly metadata: PushMetadata;
}

/** Each Secret is read once, and written once where it differs, however many items go into it. */
export async function writeSecrets(
  items: readonly PushItem[],
  { secrets, namespace, storeKind }: WriteOptions,
  call: Call,
): Promise<Outcome<void>[]> {
  const metadataOf = (item: PushItem): PushMetadata => pushMetadata(item.metadata, storeKind);
  return await bySecret(
    items,
    {
      keyOf: (item) => secretKey(metadataOf(item).remoteNamespace || namespace, item.key),
      run: (key, group) =>
        untilUnchanged(() =>
          push(
            key,
            group.map((item) => ({ item, metadata: metadataOf(item) })),
            secrets,
            call,
          ),
        ),
    },
    call,
  );
}

async function push(key: SecretKey, group: readonly Push[], secrets: Secrets, call: Call): Promise<Outcome<void>[]> {
  const current = await existing(key, secrets, call);
  let secret = current ?? newSecret(key);
  const outcomes = group.map(({ item, metadata }): Outcome<void> => {
    try {
      secret = withItem(secret, item, metadata);
      return success(undefined);
    } catch (error) {
      return failure(ProviderError.from(error, 'preparing a push'));
    }
  });
  if (!current && outcomes.some(({ ok }) => ok)) await secrets.create(key, secret, call);
  if (current && !isEqual(current, secret)) await secrets.replace(key, secret, call);
  return outcomes;
}

/** Undefined where it is known not to exist. */
export async function existing(key: SecretKey, secrets: Secrets, call: Call): Promise<SecretObject | undefined> {
  try {
    return await secrets.get(key, call);
  } catch (error) {
    if (ProviderError.is(error) && error.code === 'not-found') return undefined;
    throw error;
  }
}
