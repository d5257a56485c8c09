import { absent, containerValue, literalValue, numberValue, stringValue, type JsonValue } from './value.ts';

/** How a value begins. */
export type ValueStart = 'string' | 'container' | 'number' | 'literal';

const starts = new Map<string, ValueStart>([
  ['"', 'string'],
  ['{', 'container'],
  ['[', 'container'],
  ['t', 'literal'],
  ['f', 'literal'],
  ...[...'+-0123456789iIN'].map((character): [string, ValueStart] => [character, 'number']),
]);

/** How the value at this place begins, if one does. The wrong spellings of not-a-number count as numbers. */
export function valueStart(text: string, at: number): ValueStart | undefined {
  const character = text.charAt(at);
  if (character !== 'n') return starts.get(character);
  return at + 1 < text.length && text[at + 1] !== 'u' ? 'number' : 'literal';
}

/** The place of the next value at or behind `from`, or -1. Whatever starts no value is passed over. */
export function findValue(text: string, from: number): number {
  for (let at = from; at < text.length; at++) if (valueStart(text, at)) return at;
  return -1;
}

/** The place behind the value that begins at `start`, or -1 where a string does not end. */
export function valueEnd(text: string, start: number): number {
  switch (valueStart(text, start)) {
    case 'string':
      return stringEnd(text, start);
    case 'container':
      return bracketEnd(text, start);
    case 'literal':
      return literalEnd(text, start);
    case 'number':
      return numberEnd(text, start);
    case undefined:
      return -1;
  }
}

/** The place behind the string whose quote is at `start`, or -1 where it does not end. */
export function stringEnd(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') return at + 1;
  }
  return -1;
}

/** The place behind the bracket that closes the one at `start`, or the end of the text. Kinds of brackets count alike. */
export function bracketEnd(text: string, start: number): number {
  let depth = 1;
  for (let at = start + 1; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === '"') {
      const end = stringEnd(text, at);
      if (end < 0) return text.length;
      at = end - 1;
    } else if (opens(character)) depth++;
    else if (closes(character) && --depth === 0) return at + 1;
  }
  return text.length;
}

/** As `bracketEnd`, for a string as well. */
export function enclosedEnd(text: string, start: number): number {
  if (text[start] !== '"') return bracketEnd(text, start);
  const end = stringEnd(text, start);
  return end < 0 ? text.length : end;
}

export function opens(character: string): boolean {
  return character === '{' || character === '[' || character === '(';
}

export function closes(character: string): boolean {
  return character === '}' || character === ']' || character === ')';
}

function literalEnd(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text.charAt(at) >= 'a' && text.charAt(at) <= 'z') at++;
  return at;
}

export function numberEnd(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text.charAt(at) > ' ' && !',]}'.includes(text.charAt(at))) at++;
  return at;
}

/** The value that stands between two places that `findValue` and `valueEnd` gave. */
export function valueAt(text: string, start: number, end: number): JsonValue {
  const raw = text.slice(start, end);
  switch (valueStart(text, start)) {
    case 'string':
      return stringValue(raw, raw.slice(1, -1));
    case 'container':
      return containerValue(raw);
    case 'literal':
      return literalValue(raw);
    case 'number':
      return numberValue(raw);
    case undefined:
      return absent;
  }
}

/** A whole text as one value: objects and arrays reach to its end, and a string need not end. */
export function parseText(text: string): JsonValue {
  let start = 0;
  while (start < text.length && text.charAt(start) <= ' ') start++;
  const kind = valueStart(text, start);
  if (kind === 'container') return containerValue(text.slice(start));
  if (kind !== 'string') return kind ? valueAt(text, start, valueEnd(text, start)) : absent;
  const end = stringEnd(text, start);
  if (end >= 0) return valueAt(text, start, end);
  return stringValue(text.slice(start), text.slice(start + 1));
}

/** Whether the whole text is one valid JSON value. */
export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    // The error quotes the text, which may be secret.
    return false;
  }
}
