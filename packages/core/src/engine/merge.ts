import { members } from '@esox/gjson';
import { ProviderError } from '../provider/errors.ts';
import { Sealed } from '../provider/sealed.ts';
import type { MergeSpec } from './entries.ts';
import { sortedBytewise } from './hash.ts';
import { compactJson, jsonObject, plainNumber } from './json-text.ts';

type Members = NonNullable<ReturnType<typeof members>>;
type Member = Members extends ReadonlyMap<string, infer Value> ? Value : never;

/** `rewrite.merge`: the members of all values, which must be JSON objects, in one map. */
export function mergeValues(data: ReadonlyMap<string, Sealed>, spec: MergeSpec): Map<string, Sealed> {
  if (spec.strategy === 'JSON' && !spec.into) {
    throw new ProviderError('invalid-config', 'merge with strategy JSON needs "into", the key of the merged object');
  }
  const merged = mergeMembers(data, spec);
  if (spec.strategy !== 'JSON') return new Map([...merged].map(([key, member]) => [key, extracted(key, member)]));
  const result = new Map(data);
  result.set(spec.into ?? '', asJson(merged));
  return result;
}

function mergeMembers(data: ReadonlyMap<string, Sealed>, spec: MergeSpec): Map<string, Member> {
  const merged = new Map<string, Member>();
  const conflicts = new Set<string>();
  for (const key of visitingOrder(data, spec)) {
    for (const [name, member] of objectUnder(data, key)) {
      if (merged.has(name)) conflicts.add(name);
      merged.set(name, member);
    }
  }
  if (conflicts.size > 0 && spec.conflictPolicy !== 'Ignore') {
    const names = sortedBytewise(conflicts).map((name) => JSON.stringify(name));
    const text = `merge finds these keys more than once: ${names.join(', ')}`;
    throw new ProviderError('invalid-ref', `${text}; set conflictPolicy Ignore and a priority to let one win`);
  }
  return merged;
}

/** Alphabetically, then those of `priority` as listed: who comes later wins. */
function visitingOrder(data: ReadonlyMap<string, Sealed>, spec: MergeSpec): string[] {
  const priority = spec.priority ?? [];
  const missing = priority.filter((key) => !data.has(key));
  if (missing.length > 0 && spec.priorityPolicy !== 'IgnoreNotFound') {
    const text = `merge.priority names key ${JSON.stringify(missing[0])}, which is not there`;
    throw new ProviderError('invalid-ref', `${text}; set priorityPolicy IgnoreNotFound to allow that`);
  }
  const ordinary = sortedBytewise(data.keys()).filter((key) => !priority.includes(key));
  return [...ordinary, ...priority.filter((key) => data.has(key))];
}

function objectUnder(data: ReadonlyMap<string, Sealed>, key: string): Members {
  const text = data.get(key)?.openText().trim() ?? '';
  // A null member of an extracted object has become empty by now; it holds nothing, as the text `null` does.
  if (text === '' || text === 'null') return new Map();
  const object = members(text);
  if (object) return object;
  throw new ProviderError('invalid-ref', `merge: the value of key ${JSON.stringify(key)} is not a JSON object`);
}

function extracted(key: string, member: Member): Sealed {
  if (member.type === 'null') return Sealed.text('');
  const text = member.type === 'number' ? plainNumber(member.raw) : memberText(member);
  if (text !== undefined) return Sealed.text(text);
  throw new ProviderError('invalid-ref', `merge: the number under ${JSON.stringify(key)} is out of range`);
}

function memberText(member: Member): string {
  return member.type === 'json' ? (compactJson(member.raw, { escapeHtml: true }) ?? member.raw) : member.text;
}

function asJson(merged: ReadonlyMap<string, Member>): Sealed {
  const style = { escapeHtml: false };
  const texts = new Map([...merged].map(([key, member]) => [key, compactJson(member.raw, style) ?? member.raw]));
  return Sealed.text(jsonObject(texts, style));
}
