import { ProviderError, Sealed, type SecretValue } from '@esox/core';
import {
  canonicalJson,
  changeToken,
  isJsonObject,
  JsonNumber,
  type JsonObject,
  type JsonValue,
} from '@esox/provider-kit';
import type { KvPath } from './paths.ts';

/** A secret of a version v1 engine: the whole `data`. It has no version of its own. */
export function version1Value(answer: JsonObject, at: KvPath): SecretValue {
  return document(version1Data(answer, at));
}

export function version1Data(answer: JsonObject, at: KvPath): JsonObject {
  const data = answer['data'];
  if (!isJsonObject(data)) throw unexpected(at, 'v1');
  return data;
}

/** A secret of a version v2 engine; undefined where its version is deleted. */
export function version2Value(answer: JsonObject, at: KvPath): SecretValue | undefined {
  const { data, metadata } = version2Parts(answer, at);
  if (data === undefined) return undefined;
  const { version, created_time: createdTime } = metadata;
  const token = version instanceof JsonNumber ? { version: `${version.source} of ${text(createdTime)}` } : {};
  return { ...document(data), ...token };
}

/** `data` is undefined where the version is deleted. */
export function version2Parts(answer: JsonObject, at: KvPath): { data: JsonObject | undefined; metadata: JsonObject } {
  const outer = answer['data'];
  if (!isJsonObject(outer) || outer['data'] === undefined || !isJsonObject(outer['metadata']))
    throw unexpected(at, 'v2');
  if (outer['data'] !== null && !isJsonObject(outer['data'])) throw unexpected(at, 'v2');
  return { data: outer['data'] ?? undefined, metadata: outer['metadata'] };
}

/** What ESO shows as the metadata of a secret; custom metadata hides a fixed member of the same name. */
export function metadataValue(answer: JsonObject, at: KvPath): SecretValue {
  const metadata = metadataOf(answer, at);
  const members: Record<string, JsonValue> = Object.create(null);
  for (const name of ['created_time', 'current_version', 'delete_version_after']) {
    if (metadata[name] !== undefined) members[name] = text(metadata[name]);
  }
  return document(Object.assign(members, customMetadata(metadata)));
}

/** Whether the custom metadata of a secret has all of `tags`. */
export function hasTags(answer: JsonObject, tags: Readonly<Record<string, string>>, at: KvPath): boolean {
  const custom = customMetadata(metadataOf(answer, at));
  return Object.entries(tags).every(([name, value]) => custom[name] === value);
}

export function metadataOf(answer: JsonObject, at: KvPath): JsonObject {
  if (!isJsonObject(answer['data'])) throw unexpected(at, 'v2');
  return answer['data'];
}

export function customMetadata({ custom_metadata: custom }: JsonObject): JsonObject {
  return isJsonObject(custom) ? custom : Object.create(null);
}

/** The names that Vault lists in a folder; those of folders end with a slash. */
export function listedNames(answer: JsonObject, at: KvPath): readonly string[] {
  const keys = isJsonObject(answer['data']) ? answer['data']['keys'] : undefined;
  if (!Array.isArray(keys) || !keys.every((key) => typeof key === 'string')) {
    throw new ProviderError('unavailable', `Vault listed ${at.path} in a form that Esox does not know`);
  }
  return keys;
}

function document(data: JsonObject): SecretValue {
  const content = Sealed.text(canonicalJson(data, { escapeHtml: true }));
  return { content, version: changeToken(content.open()) };
}

function text(value: JsonValue | undefined): string {
  if (typeof value === 'string') return value;
  return value === undefined ? '' : canonicalJson(value, { escapeHtml: true });
}

function unexpected({ engine, path }: KvPath, version: 'v1' | 'v2'): ProviderError {
  return new ProviderError(
    'invalid-config',
    `the answer for ${path} is not that of a KV secrets engine of version ${version}; check what is at ${engine}, and path and version in the store`,
  );
}
