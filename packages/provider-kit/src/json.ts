import { ProviderError } from '@esox/core';

/** A number as it stood in the source, so that no digit is lost. */
export class JsonNumber {
  readonly source: string;

  constructor(source: string) {
    this.source = source;
  }
}

export type JsonValue = null | boolean | string | JsonNumber | readonly JsonValue[] | JsonObject;

/** Has no prototype, so that no member of a document can be mistaken for a method, and none is lost. */
export interface JsonObject {
  readonly [member: string]: JsonValue | undefined;
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * Parses UTF-8 JSON without loss. `what` names the document in the error (`unavailable`): a backend that answers
 * something else is not the backend, or is ill. The text itself is never quoted.
 */
export function readJson(bytes: Uint8Array, what: string): JsonValue {
  try {
    return parse(decoder.decode(bytes), revive) as JsonValue;
  } catch (error) {
    throw new ProviderError('unavailable', `${what} is not JSON`, { cause: error });
  }
}

// TypeScript's library does not yet know the reviver's third argument.
const parse = JSON.parse as (text: string, reviver: typeof revive) => unknown;

function revive(_member: string, value: unknown, context: { readonly source?: string }): unknown {
  if (typeof value === 'number') return new JsonNumber(context.source ?? String(value));
  return isPlainObject(value) ? Object.setPrototypeOf(value, null) : value;
}

function isPlainObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof JsonNumber);
}

/** Whether a value is a JSON object. */
export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return isPlainObject(value);
}

export interface CanonicalJsonOptions {
  /** Write `<`, `>` and `&` as `\u003c`, `\u003e` and `\u0026`, as Go does unless told otherwise. */
  readonly escapeHtml: boolean;
}

/** Compact JSON with members sorted by the bytes of their names, and numbers as in their source. */
export function canonicalJson(value: JsonValue, options: CanonicalJsonOptions): string {
  if (typeof value === 'string') return quote(value, options);
  if (value === null || typeof value === 'boolean') return String(value);
  if (value instanceof JsonNumber) return value.source;
  if (isArray(value)) return `[${value.map((item) => canonicalJson(item, options)).join(',')}]`;
  const members = Object.entries(value).filter((member): member is [string, JsonValue] => member[1] !== undefined);
  members.sort(([left], [right]) => Buffer.compare(Buffer.from(left), Buffer.from(right)));
  return `{${members.map(([name, item]) => `${quote(name, options)}:${canonicalJson(item, options)}`).join(',')}}`;
}

// `Array.isArray` does not narrow read-only arrays.
const isArray = Array.isArray as (value: JsonValue) => value is readonly JsonValue[];

const htmlOrSeparator = /[<>&\u2028\u2029]/g;
const separator = /[\u2028\u2029]/g;

function quote(text: string, { escapeHtml }: CanonicalJsonOptions): string {
  return JSON.stringify(text.toWellFormed()).replace(
    escapeHtml ? htmlOrSeparator : separator,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
