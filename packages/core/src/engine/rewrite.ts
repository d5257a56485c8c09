import { RE2JS } from 're2js';
import { ProviderError } from '../provider/errors.ts';
import type { Sealed } from '../provider/sealed.ts';
import type { RewriteSpec } from './entries.ts';
import { sortedBytewise } from './hash.ts';
import { mergeValues } from './merge.ts';

/** Applies the operations one after the other to the whole map. */
export function rewriteKeys(
  data: ReadonlyMap<string, Sealed>,
  rewrite: readonly RewriteSpec[],
): ReadonlyMap<string, Sealed> {
  return rewrite.reduce((current, operation, index) => {
    try {
      return applyOperation(current, operation);
    } catch (error) {
      const known = ProviderError.from(error, 'Rewriting');
      throw new ProviderError(known.code, `rewrite[${index}]: ${known.message}`, { cause: error });
    }
  }, data);
}

function applyOperation(data: ReadonlyMap<string, Sealed>, operation: RewriteSpec): ReadonlyMap<string, Sealed> {
  if (operation.regexp) return replaceInKeys(data, operation.regexp.source, operation.regexp.target);
  if (operation.merge) return mergeValues(data, operation.merge);
  const text = operation.transform ? 'transform is not supported yet' : 'name one of regexp, transform and merge';
  throw new ProviderError(operation.transform ? 'not-supported' : 'invalid-config', text);
}

/** Of two keys that become one, the later in sorted order wins. */
function replaceInKeys(data: ReadonlyMap<string, Sealed>, source: string, target: string): Map<string, Sealed> {
  const pattern = compile(source);
  const replaced = new Map<string, Sealed>();
  for (const key of sortedBytewise(data.keys())) {
    const value = data.get(key);
    if (value) replaced.set(replaceAll(pattern, key, target), value);
  }
  return replaced;
}

function compile(source: string): RE2JS {
  try {
    return RE2JS.compile(source);
  } catch (error) {
    const text = `regexp.source ${JSON.stringify(source)} is not a regular expression of RE2`;
    throw new ProviderError('invalid-config', text, { cause: error });
  }
}

type Group = (name: string) => string;

/** Go's ReplaceAllString: the library replaces as Java does, which reads `$1x` and empty matches otherwise. */
function replaceAll(pattern: RE2JS, text: string, target: string): string {
  const matcher = pattern.matcher(text);
  const names = pattern.namedGroups();
  const group: Group = (name) => {
    const index = /^\d+$/.test(name) ? Number(name) : names[name];
    return index === undefined || index > matcher.groupCount() ? '' : (matcher.group(index) ?? '');
  };
  let result = '';
  let end = 0;
  while (matcher.find()) {
    result += text.slice(end, matcher.start());
    // An empty match right behind a match is none.
    if (matcher.end() > end || matcher.start() === 0) result += expand(target, group);
    end = matcher.end();
  }
  return result + text.slice(end);
}

/** `$name` and `${name}`, the name as long as it can be; `$$` is a dollar. A group that does not exist is empty. */
function expand(target: string, group: Group): string {
  return target.replace(
    /\$(?:(\$)|\{([\p{L}\p{Nd}_]+)\}|([\p{L}\p{Nd}_]+))/gu,
    (_all, dollar?: string, braced?: string, bare?: string) => dollar ?? group(braced ?? bare ?? ''),
  );
}
