import { childrenOf } from './members.ts';
import type { ModifierName } from './modifier-names.ts';
import { compact, pretty } from './print.ts';
import { isJson, parseText } from './scan.ts';
import { quote } from './string-text.ts';
import type { JsonValue } from './value.ts';

/** The source text that a modifier makes of a source text. */
export function modify(name: ModifierName, source: string, argument: string): string {
  return modifiers[name](source, argument);
}

const modifiers: Readonly<Record<ModifierName, (source: string, argument: string) => string>> = {
  this: (source) => source,
  valid: (source) => (isJson(source) ? source : ''),
  ugly: (source) => compact(source),
  pretty,
  reverse,
  flatten,
  join,
  keys: (source) => listOf(source, ({ key }) => quoteSource(key)),
  values: (source) => listOf(source, ({ value }) => value.raw),
  tostr: (source) => quote(source),
  fromstr: (source) => (isJson(source) ? parseText(source).text : ''),
  group,
  dig,
};

interface Item {
  readonly key: string;
  readonly value: JsonValue;
}

function itemsOf(source: string): Item[] {
  return [...childrenOf(source)].map(({ key = '', value }) => ({ key, value }));
}

function quoteSource(key: string): string {
  return JSON.stringify(key);
}

/** A list of something of each member; of one that is no object, the value itself or null. */
function listOf(source: string, pick: (item: Item) => string): string {
  const value = parseText(source);
  if (!value.exists) return '[]';
  if (isArray(value)) {
    const isKeys = pick({ key: '', value }) === '""';
    return isKeys
      ? `[${itemsOf(value.raw)
          .map(() => 'null')
          .join(',')}]`
      : value.raw;
  }
  if (!isObject(value)) return `[${value.type === 'json' ? '' : value.raw}]`;
  return `[${itemsOf(value.raw).map(pick).join(',')}]`;
}

function reverse(source: string): string {
  const value = parseText(source);
  if (isArray(value)) {
    const items = itemsOf(value.raw).map((item) => item.value.raw);
    return `[${items.toReversed().join(',')}]`;
  }
  if (!isObject(value)) return source;
  return objectOf(itemsOf(value.raw).toReversed());
}

function flatten(source: string, argument: string): string {
  const value = parseText(source);
  if (!isArray(value)) return source;
  const deep = optionOf(argument, 'deep');
  const items = itemsOf(value.raw).flatMap((item) => {
    if (!isArray(item.value)) return [item.value.raw];
    const inner = deep ? flatten(item.value.raw, argument) : item.value.raw;
    return itemsOf(inner).map((nested) => nested.value.raw);
  });
  return `[${items.join(',')}]`;
}

/** Objects of a list become one; with `preserve` all members of one name stay. */
function join(source: string, argument: string): string {
  const value = parseText(source);
  if (!isArray(value)) return source;
  const items = itemsOf(value.raw).flatMap((item) => (isObject(item.value) ? itemsOf(item.value.raw) : []));
  if (optionOf(argument, 'preserve')) return objectOf(items);
  const last = new Map(items.map((item) => [item.key, item]));
  return objectOf([...last.values()]);
}

/** An object of lists becomes a list of objects. */
function group(source: string): string {
  const value = parseText(source);
  if (!isObject(value)) return '';
  const rows: string[][] = [];
  for (const item of itemsOf(value.raw)) {
    if (!isArray(item.value)) continue;
    for (const [index, element] of itemsOf(item.value.raw).entries()) {
      const row = (rows[index] ??= []);
      row.push(`${quoteSource(item.key)}:${element.value.raw}`);
    }
  }
  return `[${rows.map((row) => `{${row.join(',')}}`).join(',')}]`;
}

/** All values of a key, at any depth, outermost first. */
function dig(source: string, argument: string): string {
  const found: string[] = [];
  const visit = (value: JsonValue): void => {
    if (value.type !== 'json') return;
    const items = itemsOf(value.raw);
    if (isObject(value)) for (const item of items) if (item.key === argument) found.push(item.value.raw);
    for (const item of items) visit(item.value);
  };
  visit(parseText(source));
  return `[${found.join(',')}]`;
}

function objectOf(items: readonly Item[]): string {
  return `{${items.map(({ key, value }) => `${quoteSource(key)}:${value.raw}`).join(',')}}`;
}

function optionOf(argument: string, name: string): boolean {
  if (!argument.startsWith('{')) return false;
  return itemsOf(argument).some((item) => item.key === name && item.value.type === 'true');
}

function isArray({ type, raw }: JsonValue): boolean {
  return type === 'json' && raw.startsWith('[');
}

function isObject({ type, raw }: JsonValue): boolean {
  return type === 'json' && raw.startsWith('{');
}
