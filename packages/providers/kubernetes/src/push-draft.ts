import { ProviderError, type PushItem, type PushSource, Sealed } from '@esox/core';
import { canonicalJson, isJsonObject, type JsonObject, readJson } from '@esox/provider-kit';
import type { PushMetadata } from './push-metadata.ts';
import { member, type SecretObject } from './secret-object.ts';
import type { SecretKey } from './secrets.ts';

/** What is to be there before anything is pushed into it. */
export function newSecret({ namespace, name }: SecretKey): SecretObject {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace } };
}

/**
 * The Secret with the item in it. Without a property all of its data is replaced by the source's; with one, just that
 * key is. Throws `invalid-ref` for an item that no Secret can hold.
 */
export function withItem(secret: SecretObject, item: PushItem, metadata: PushMetadata): SecretObject {
  const { labels, annotations } = targetMetadata(member(secret, 'metadata'), item.source, metadata);
  return {
    ...secret,
    type: typeOf(secret, item.source),
    metadata: withMaps(member(secret, 'metadata'), { labels, annotations }),
    data: item.property === undefined ? wholeData(item) : { ...member(secret, 'data'), ...oneKey(item, item.property) },
  };
}

/** Whether both would be stored as the same. */
export function isEqual(one: SecretObject, other: SecretObject): boolean {
  return comparable(one) === comparable(other);
}

function comparable(secret: SecretObject): string {
  const { data, ...rest } = secret;
  const values = data ?? {};
  return canonicalJson({ ...rest, data: values }, { escapeHtml: false });
}

function typeOf(secret: SecretObject, source: PushSource | undefined): string {
  if (source) return source.type || 'Opaque';
  return typeof secret['type'] === 'string' ? secret['type'] : 'Opaque';
}

function oneKey({ value }: PushItem, property: string): JsonObject {
  return { [dataKey(property)]: encoded(value) };
}

function wholeData({ source, value, key }: PushItem): JsonObject {
  if (source?.secretKey !== undefined) {
    throw new ProviderError(
      'invalid-ref',
      `key ${JSON.stringify(source.secretKey)} cannot be pushed to Secret ${JSON.stringify(key)} without remoteRef.property: name the key that it is to have there`,
    );
  }
  const entries = source ? [...source.data] : membersOf(value, key);
  return Object.fromEntries(entries.map(([name, content]) => [dataKey(name), encoded(content)]));
}

function membersOf(value: Sealed, key: string): (readonly [string, Sealed])[] {
  const document = parsed(value);
  const members = isJsonObject(document) ? Object.entries(document) : undefined;
  if (members?.every((entry): entry is [string, string] => typeof entry[1] === 'string')) {
    return members.map(([name, text]) => [name, Sealed.text(text)] as const);
  }
  throw new ProviderError(
    'invalid-ref',
    `what is pushed to Secret ${JSON.stringify(key)} is no JSON object of texts; name remoteRef.property to push it into one key`,
  );
}

function parsed(value: Sealed): ReturnType<typeof readJson> | undefined {
  try {
    return readJson(value.open(), 'the value');
  } catch {
    return undefined;
  }
}

function dataKey(name: string): string {
  if (name.length <= 253 && /^[-._a-zA-Z0-9]+$/.test(name) && name !== '.' && !name.startsWith('..')) return name;
  throw new ProviderError(
    'invalid-ref',
    `${JSON.stringify(name)} is not a key that a Secret can have: letters, digits, "-", "_" and "."`,
  );
}

function encoded(value: Sealed): string {
  return Buffer.from(value.open()).toString('base64');
}

interface Maps {
  readonly labels: JsonObject;
  readonly annotations: JsonObject;
}

/** `kubectl apply` keeps a copy of all values here, which a push of one key must not take along. */
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

function targetMetadata(existing: JsonObject, source: PushSource | undefined, metadata: PushMetadata): Maps {
  const target = { labels: member(existing, 'labels'), annotations: member(existing, 'annotations') };
  if (metadata.targetMergePolicy === 'Ignore') return target;
  const pushed = sourceMetadata(source, metadata);
  if (metadata.targetMergePolicy === 'Replace') return pushed;
  return {
    labels: { ...target.labels, ...pushed.labels },
    annotations: { ...target.annotations, ...pushed.annotations },
  };
}

function sourceMetadata(
  source: PushSource | undefined,
  { sourceMergePolicy, labels, annotations }: PushMetadata,
): Maps {
  if (sourceMergePolicy === 'Replace' || !source) return { labels: labels ?? {}, annotations: annotations ?? {} };
  const { [lastApplied]: _copy, ...ownAnnotations } = source.annotations;
  return { labels: { ...source.labels, ...labels }, annotations: { ...ownAnnotations, ...annotations } };
}

/** An empty map is left out, as the API server does. */
function withMaps(metadata: JsonObject, { labels, annotations }: Maps): JsonObject {
  const { labels: _labels, annotations: _annotations, ...rest } = metadata;
  return {
    ...rest,
    ...(Object.keys(labels).length > 0 && { labels }),
    ...(Object.keys(annotations).length > 0 && { annotations }),
  };
}
