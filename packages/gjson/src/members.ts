import { findValue, isJson, stringEnd, valueAt, valueEnd } from './scan.ts';
import { unescape } from './string-text.ts';
import type { JsonValue } from './value.ts';

/** One member of an object or one element of an array, in the order of the source. */
export interface Child {
  /** Undefined in an array. */
  readonly key: string | undefined;
  readonly value: JsonValue;
}

/** What stands in an object or array. Lenient: it ends where the source makes no sense any more. */
export function* childrenOf(source: string): Generator<Child> {
  const isObject = source.startsWith('{');
  let at = 1;
  for (;;) {
    const child = readChild(source, at, isObject);
    if (!child) return;
    yield { key: child.key, value: child.value };
    at = child.end;
  }
}

function readChild(source: string, from: number, isObject: boolean): (Child & { end: number }) | undefined {
  let key: string | undefined;
  let at = from;
  if (isObject) {
    const start = source.indexOf('"', at);
    const end = start < 0 ? -1 : stringEnd(source, start);
    if (end < 0) return undefined;
    key = unescape(source.slice(start + 1, end - 1));
    at = end;
  }
  const start = findValue(source, at);
  const end = start < 0 ? -1 : valueEnd(source, start);
  return end < 0 ? undefined : { key, value: valueAt(source, start, end), end };
}

/** Top-level members of a JSON object by key, the last one of a name; undefined unless the text is one JSON object. */
export function members(source: string): ReadonlyMap<string, JsonValue> | undefined {
  const text = source.trim();
  if (!text.startsWith('{') || !isJson(text)) return undefined;
  const found = new Map<string, JsonValue>();
  for (const { key = '', value } of childrenOf(text)) found.set(key, value);
  return found;
}
