import { type Call, ProviderError } from '@esox/core';
import { canonicalJson, JsonNumber, type JsonObject, type JsonValue } from '@esox/provider-kit';

/** A secret as a push finds it. */
export interface FoundState {
  /** Undefined where there is none, or its current version is deleted. */
  readonly document: JsonObject | undefined;
  readonly owner: 'nobody' | 'us' | 'others';
}

/** The secrets of an engine, as pushes see them. `S` is what a change needs to know of the secret that it changes. */
export interface PushedSecrets<S extends FoundState = FoundState> {
  find(key: string, call: Call): Promise<S>;
  /** Replaces the document of a secret that nobody else owns, and marks it as ours. */
  put(key: string, document: JsonObject, found: S, call: Call): Promise<void>;
  /** Deletes a secret of ours, with all of its versions. */
  delete(key: string, found: S, call: Call): Promise<void>;
  isEqual(left: JsonObject, right: JsonObject): boolean;
}

/** Undefined where the secret does not exist; any other failure stays one. */
export async function unlessAbsent<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (ProviderError.is(error) && error.code === 'not-found') return undefined;
    throw error;
  }
}

/** A document without one of its members. */
export function without(document: JsonObject, member: string): JsonObject {
  return Object.fromEntries(Object.entries(document).filter(([name]) => name !== member));
}

export function isEmpty(document: JsonObject): boolean {
  return Object.keys(document).length === 0;
}

/** Version v2 keeps numbers as floats: what it gives back is the number that was written, in other digits. */
export function isEqualAsFloats(left: JsonObject, right: JsonObject): boolean {
  return isEqualAsText(withFloats(left), withFloats(right));
}

export function isEqualAsText(left: JsonValue, right: JsonValue): boolean {
  return canonicalJson(left, { escapeHtml: false }) === canonicalJson(right, { escapeHtml: false });
}

function withFloats(value: JsonValue | undefined): JsonValue {
  if (value === undefined || value === null || typeof value !== 'object') return value ?? null;
  if (value instanceof JsonNumber) return new JsonNumber(String(Number(value.source)));
  if (Array.isArray(value)) return value.map(withFloats);
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, withFloats(member)]));
}
