import { closes, opens, stringEnd } from './scan.ts';
import { isModifier } from './modifier-names.ts';

/** One component of a path, and what follows it. */
export interface Component {
  /** As written, escapes included. */
  readonly text: string;
  readonly hasWildcard: boolean;
  /** Behind a dot: is looked up inside of the value, element by element behind `#`. */
  readonly rest: string | undefined;
  /** Behind a pipe: is applied to the whole result. */
  readonly pipe: string | undefined;
}

const special = /[\\.|#@*?{}[\]()!"%<>=,:^~'` ]/g;

/** The path of a key that is taken literally, whatever it contains. */
export function escapePath(key: string): string {
  return key.replace(special, String.raw`\$&`);
}

export function unescapePath(text: string): string {
  return text.replace(/\\(.)/gsu, '$1');
}

export function readComponent(path: string): Component {
  let hasWildcard = false;
  for (let at = 0; at < path.length; at++) {
    const character = path.charAt(at);
    if (character === '\\') at++;
    else if (character === '*' || character === '?') hasWildcard = true;
    else if (character === '.' || character === '|') return ended(path, at, hasWildcard);
  }
  return { text: path, hasWildcard, rest: undefined, pipe: undefined };
}

/** What follows a dot or a pipe. A dot before a modifier, a selection or a literal is a pipe. */
export function follow(path: string): Pick<Component, 'rest' | 'pipe'> {
  const behind = path.slice(1);
  if (path.startsWith('|')) return { rest: undefined, pipe: behind };
  if (!path.startsWith('.')) return { rest: undefined, pipe: undefined };
  return /^[[{!]/.test(behind) || isModifier(behind)
    ? { rest: undefined, pipe: behind }
    : { rest: behind, pipe: undefined };
}

/** Splits at the first pipe that stands outside of brackets and strings. */
export function splitAtPipe(path: string): { head: string; pipe: string | undefined } {
  let depth = 0;
  for (let at = 0; at < path.length; at++) {
    const character = path.charAt(at);
    if (character === '\\') at++;
    else if (character === '"' && depth > 0) at = Math.max(stringEnd(path, at) - 1, at);
    else if (opens(character)) depth++;
    else if (closes(character)) depth--;
    else if (character === '|' && depth === 0) return { head: path.slice(0, at), pipe: path.slice(at + 1) };
  }
  return { head: path, pipe: undefined };
}

function ended(path: string, at: number, hasWildcard: boolean): Component {
  return { text: path.slice(0, at), hasWildcard, ...follow(path.slice(at)) };
}
