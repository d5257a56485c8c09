import { closes, enclosedEnd, opens } from './scan.ts';
import type { JsonValue } from './value.ts';

/** `[a,b.c]` and `{a,"k":b.c}`: the list or object of what stands under several paths; what is absent is left out. */
export function select(selection: string, pick: (path: string) => JsonValue): string {
  const isObject = selection.startsWith('{');
  const parts: string[] = [];
  for (const part of partsOf(selection.slice(1, -1))) {
    const { name, path } = isObject ? nameAndPath(part) : { name: '', path: part };
    const value = pick(path);
    if (value.exists) parts.push(isObject ? `${name}:${value.raw}` : value.raw);
  }
  return isObject ? `{${parts.join(',')}}` : `[${parts.join(',')}]`;
}

function partsOf(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === '\\') at++;
    else if (character === '"') at = enclosedEnd(text, at) - 1;
    else if (opens(character)) depth++;
    else if (closes(character)) depth--;
    else if (character === ',' && depth === 0) {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  parts.push(text.slice(start));
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}

function nameAndPath(part: string): { name: string; path: string } {
  if (part.startsWith('"')) {
    const end = enclosedEnd(part, 0);
    if (part[end] === ':') return { name: part.slice(0, end), path: part.slice(end + 1) };
  }
  const colon = /^([^."\\:|@#*?{}[\]()!]+):/.exec(part);
  if (colon?.[1] !== undefined) return { name: JSON.stringify(colon[1]), path: part.slice(colon[0].length) };
  return { name: JSON.stringify(lastName(part)), path: part };
}

/** The last component where it is a plain name, else `_`. */
function lastName(path: string): string {
  const last = /(?:^|[.|])([^.|]*)$/.exec(path)?.[1] ?? '';
  return last !== '' && /^[^"[\]{}()<>=%!*?#@\\]+$/.test(last) ? last : '_';
}
