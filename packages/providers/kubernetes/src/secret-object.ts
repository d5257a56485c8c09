import { ProviderError, Sealed, type SecretValue } from '@esox/core';
import { canonicalJson, changeToken, isJsonObject, type JsonObject, type JsonValue } from '@esox/provider-kit';

/** A Secret as the API server has it, with every field, so that it can be sent back. */
export type SecretObject = JsonObject;

/** The values, by key. */
export function secretValue(secret: SecretObject): SecretValue {
  const data = member(secret, 'data');
  const content = new Map<string, Sealed>();
  for (const [key, encoded] of Object.entries(data)) content.set(key, Sealed.of(decoded(encoded, secret)));
  return { content, version: token(data) };
}

/** What ESO shows as the metadata of a Secret; without labels or annotations, null stands for them. */
export function metadataValue(secret: SecretObject): SecretValue {
  const { labels = null, annotations = null } = member(secret, 'metadata');
  const document: JsonObject = { annotations, labels };
  return { content: Sealed.text(canonicalJson(document, { escapeHtml: false })), version: token(document) };
}

export function nameOf(secret: SecretObject): string {
  const { name } = member(secret, 'metadata');
  if (typeof name === 'string') return name;
  throw new ProviderError('unavailable', 'the API server answered with a Secret that has no name');
}

/** An object inside an object; empty where it is left out, as the API server leaves out what is empty. */
export function member(object: JsonObject, name: string): JsonObject {
  const value = object[name];
  return isJsonObject(value) ? value : empty;
}

const empty: JsonObject = Object.freeze(Object.create(null));

function decoded(encoded: JsonValue | undefined, secret: SecretObject): Uint8Array {
  if (typeof encoded === 'string') return new Uint8Array(Buffer.from(encoded, 'base64'));
  throw new ProviderError(
    'unavailable',
    `the API server answered with data of Secret ${nameOf(secret)} that is no text`,
  );
}

/** Not the resourceVersion: it changes with labels and owners too, and a restored etcd may use one again. */
function token(part: JsonObject): string {
  return changeToken(Buffer.from(canonicalJson(part, { escapeHtml: false })));
}
