import { type Call, ProviderError, type PushItem, type Sealed } from '@esox/core';
import { isJsonObject, type JsonObject, type JsonValue, readJson } from '@esox/provider-kit';
import type { PushedSecrets } from './pushed-secret.ts';

/** Writes one item; what stands there already in the same form is not written again. */
export async function writeItem(item: PushItem, secrets: PushedSecrets, call: Call): Promise<void> {
  const { key } = item;
  const change = item.property === undefined ? wholeSecret(item) : oneProperty(item, item.property);
  const found = await secrets.find(key, call);
  if (found.owner === 'others') throw notOurs(key);
  const next = change(found.document);
  if (found.document && secrets.isEqual(found.document, next)) return;
  await secrets.put(key, next, found, call);
}

type Change = (document: JsonObject | undefined) => JsonObject;

function wholeSecret({ key, value }: PushItem): Change {
  const document = parsed(value);
  if (isJsonObject(document)) return () => document;
  throw new ProviderError(
    'invalid-ref',
    `key ${JSON.stringify(key)}: what is pushed is no JSON object, and a secret in Vault is one; push it with a property`,
  );
}

function parsed(value: Sealed): JsonValue | undefined {
  try {
    return readJson(value.open(), 'the value');
  } catch {
    return undefined;
  }
}

function oneProperty({ key, value }: PushItem, property: string): Change {
  const text = textOf(value, key);
  return (document = {}) => {
    const before = document[property] ?? null;
    if (before !== null && typeof before !== 'string') {
      throw new ProviderError(
        'conflict',
        `property ${JSON.stringify(property)} of key ${JSON.stringify(key)} in Vault is not a text, and a push writes ` +
          'texts only; remove it there, or push to another property',
      );
    }
    return Object.assign(Object.create(null), document, { [property]: text });
  };
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function textOf(value: Sealed, key: string): string {
  try {
    return decoder.decode(value.open());
  } catch {
    throw new ProviderError(
      'invalid-ref',
      `key ${JSON.stringify(key)}: the value is not UTF-8, and Vault keeps texts only; encode it, for example in base64`,
    );
  }
}

function notOurs(key: string): ProviderError {
  return new ProviderError(
    'conflict',
    `the secret at key ${JSON.stringify(key)} in Vault is not managed by external-secrets, so it is not written; push to ` +
      'another key, or set its custom metadata managed-by to external-secrets',
  );
}
