import { numberText } from './number-text.ts';
import { unescape } from './string-text.ts';

export type JsonType = 'string' | 'number' | 'true' | 'false' | 'null' | 'json';

/**
 * A value in a JSON text. `raw` is its source, character for character. `text` is what it stands for: strings without
 * quotes and escapes; numbers of digits as they are written, others as plain decimals; nothing for null; objects and
 * arrays as their source. What does not exist is `null` with an empty `raw`.
 */
export interface JsonValue {
  readonly exists: boolean;
  readonly type: JsonType;
  readonly raw: string;
  readonly text: string;
}

export const absent: JsonValue = Object.freeze({ exists: false, type: 'null', raw: '', text: '' });

export function containerValue(raw: string): JsonValue {
  return { exists: true, type: 'json', raw, text: raw };
}

export function numberValue(raw: string): JsonValue {
  return { exists: true, type: 'number', raw, text: numberText(raw) };
}

/** `body` is what stands between the quotes, still escaped. */
export function stringValue(raw: string, body: string): JsonValue {
  return { exists: true, type: 'string', raw, text: unescape(body) };
}

/** The first letter decides: `t`, `f` or `n`. */
export function literalValue(raw: string): JsonValue {
  if (raw.startsWith('t')) return { exists: true, type: 'true', raw, text: 'true' };
  if (raw.startsWith('f')) return { exists: true, type: 'false', raw, text: 'false' };
  return { exists: true, type: 'null', raw, text: '' };
}
