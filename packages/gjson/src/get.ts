import { childrenOf } from './members.ts';
import { readModifierName } from './modifier-names.ts';
import { modify } from './modifiers.ts';
import { follow, readComponent, splitAtPipe, unescapePath } from './path.ts';
import { matchesQuery, parseQuery } from './query.ts';
import { enclosedEnd, parseText } from './scan.ts';
import { select } from './select.ts';
import { absent, containerValue, type JsonValue, numberValue } from './value.ts';
import { matchesWildcard } from './wildcard.ts';

/** Deeper paths find nothing, so that no path can exhaust the stack. */
const deepest = 500;

/**
 * What stands under a path in a JSON text. Nothing is parsed into numbers or objects: results are slices of the source.
 * A text that is no JSON has no values; it is not an error.
 */
export function get(source: string, path: string): JsonValue {
  return evaluate(source, path, 0);
}

function evaluate(source: string, path: string, depth: number): JsonValue {
  if (depth > deepest) return absent;
  const made = path.length > 1 ? applySpecial(source, path, depth) : undefined;
  if (made) return made;
  if (path.startsWith('..')) return inArray(linesOf(source), path.slice(2), depth);
  const value = parseText(source);
  if (value.type !== 'json') return absent;
  return value.raw.startsWith('{') ? inObject(value.raw, path, depth) : inArray(value.raw, path, depth);
}

/** Modifiers, literals and selections; undefined where the path begins with none of them. */
function applySpecial(source: string, path: string, depth: number): JsonValue | undefined {
  switch (path.charAt(0)) {
    case '@':
      return applyModifier(source, path, depth);
    case '!':
      return applyLiteral(path, depth);
    case '[':
    case '{': {
      const end = enclosedEnd(path, 0);
      const pick = (inner: string) => evaluate(source, inner, depth + 1);
      return then(containerValue(select(path.slice(0, end), pick)), path.slice(end), depth);
    }
    default:
      return undefined;
  }
}

/** What follows a result behind a dot or a pipe. */
function then(value: JsonValue, behind: string, depth: number): JsonValue {
  if (behind === '' || !value.exists) return value;
  return evaluate(value.raw, behind.slice(1), depth + 1);
}

function applyModifier(source: string, path: string, depth: number): JsonValue | undefined {
  const name = readModifierName(path);
  if (!name) return undefined;
  const behindName = path.slice(name.length + 1);
  const { argument, behind } = readArgument(behindName);
  const text = modify(name, source, argument);
  return behind === '' ? parseText(text) : evaluate(text, behind.slice(1), depth + 1);
}

function readArgument(text: string): { argument: string; behind: string } {
  if (!text.startsWith(':')) return { argument: '', behind: text };
  const given = text.slice(1);
  const pipe = given.indexOf('|');
  const end = /^[{["]/.test(given) ? enclosedEnd(given, 0) : pipe < 0 ? given.length : pipe;
  return { argument: given.slice(0, end), behind: given.slice(end) };
}

/** `!"text"`: the value stands in the path itself. */
function applyLiteral(path: string, depth: number): JsonValue {
  const given = path.slice(1);
  const end = /^[{["]/.test(given) ? enclosedEnd(given, 0) : (/^[^.|]*/.exec(given)?.[0].length ?? 0);
  return then(parseText(given.slice(0, end)), given.slice(end), depth);
}

function inObject(source: string, path: string, depth: number): JsonValue {
  const { text, hasWildcard, rest, pipe } = readComponent(path);
  const wanted = unescapePath(text);
  for (const { key = '', value } of childrenOf(source)) {
    if (hasWildcard ? matchesWildcard(key, text) : key === wanted) return onward(value, rest, pipe, depth);
  }
  return absent;
}

function onward(value: JsonValue, rest: string | undefined, pipe: string | undefined, depth: number): JsonValue {
  if (pipe !== undefined) return evaluate(value.raw, pipe, depth + 1);
  if (rest === undefined) return value;
  return value.type === 'json' ? evaluate(value.raw, rest, depth + 1) : absent;
}

function inArray(source: string, path: string, depth: number): JsonValue {
  if (path.startsWith('#')) return inList(source, path.slice(1), depth);
  const { text, rest, pipe } = readComponent(path);
  if (!/^\d+$/.test(text)) return absent;
  let index = Number(text);
  for (const { value } of childrenOf(source)) if (index-- === 0) return onward(value, rest, pipe, depth);
  return absent;
}

/** `#`, `#.rest`, `#(query)` and `#(query)#`, each with what follows; `path` begins behind the first `#`. */
function inList(source: string, path: string, depth: number): JsonValue {
  const elements = [...childrenOf(source)].map(({ value }) => value);
  if (!/^[([]/.test(path)) return countOrCollect(elements, path, depth);
  const end = enclosedEnd(path, 0);
  const query = parseQuery(path.slice(1, end - 1));
  const matching = elements.filter((element) => {
    const asked =
      query.path === '' ? element : element.type === 'json' ? evaluate(element.raw, query.path, depth + 1) : absent;
    return matchesQuery(query, asked);
  });
  const behind = path.slice(end);
  if (behind.startsWith('#')) return listed(matching, behind.slice(1), depth);
  const [first] = matching;
  if (!first) return absent;
  const { rest, pipe } = follow(behind);
  return onward(first, rest, pipe, depth);
}

function countOrCollect(elements: readonly JsonValue[], path: string, depth: number): JsonValue {
  if (path.startsWith('.')) return listed(elements, path, depth);
  if (path !== '' && !path.startsWith('|')) return absent;
  return then(numberValue(String(elements.length)), path, depth);
}

/** The elements, or what stands under `.rest` in each that has it; a pipe is applied to the list. */
function listed(elements: readonly JsonValue[], behind: string, depth: number): JsonValue {
  const { head, pipe } = splitAtPipe(behind);
  const inner = head.startsWith('.') ? head.slice(1) : undefined;
  const values = inner === undefined ? elements : elements.map((element) => evaluate(element.raw, inner, depth + 1));
  const list = `[${values
    .filter(({ exists }) => exists)
    .map(({ raw }) => raw)
    .join(',')}]`;
  return pipe === undefined ? containerValue(list) : evaluate(list, pipe, depth + 1);
}

/** JSON lines as one list. */
function linesOf(source: string): string {
  return `[${[...childrenOf(`[${source}`)].map(({ value }) => value.raw).join(',')}]`;
}
