import { ProviderError } from '../provider/errors.ts';
import type { Sealed } from '../provider/sealed.ts';
import type { Entry } from './entries.ts';
import { entryError } from './entries.ts';
import type { ShapedEntry } from './shape-entries.ts';

export type DeletionPolicy = 'Delete' | 'Merge' | 'Retain';
export type CreationPolicy = 'Owner' | 'Orphan' | 'Merge' | 'None' | 'CreateOrMerge';

export interface DecideInput {
  /** In merging order: a later entry overwrites the keys of an earlier one. */
  readonly shaped: readonly ShapedEntry[];
  readonly deletionPolicy: DeletionPolicy;
  readonly creationPolicy: CreationPolicy;
  /** Generation of the object whose entries were read. */
  readonly generationRead: number;
  /** Generation of the object as it is known now. */
  readonly generationNow: number;
}

export type Decision =
  /** Leave the target as it is and report the error of this entry. */
  | { readonly type: 'fail'; readonly error: ProviderError; readonly entry: Entry }
  /** Leave the target as it is: its policies do not go together, and only a change of the object can help. */
  | { readonly type: 'refuse'; readonly error: ProviderError; readonly missing: readonly ShapedEntry[] }
  /** The object changed while its keys were read: what was read says nothing about it. */
  | { readonly type: 'stale' }
  /** Make the target's managed data equal to `data`; the keys of `missing` entries go. */
  | {
      readonly type: 'apply';
      readonly data: ReadonlyMap<string, Sealed>;
      readonly missing: readonly ShapedEntry[];
    }
  /** Every key is gone at its backend: delete the target. */
  | { readonly type: 'delete'; readonly missing: readonly ShapedEntry[] }
  /** There is nothing to write, and nothing may be removed. */
  | { readonly type: 'retain' };

/** What to do with the target. The only function that may say `delete`. */
export function decide(input: DecideInput): Decision {
  const failed = firstFailure(input);
  if (failed) return failed;
  const missing = input.shaped.filter(isAbsent);
  if (mayDelete(input, missing)) return deletion(input, missing);
  const data = merge(input.shaped);
  const nothing = input.shaped.length === 0 || (data.size === 0 && input.deletionPolicy === 'Retain');
  return nothing ? { type: 'retain' } : { type: 'apply', data, missing };
}

/** Under Retain an absent key is a failure like any other. */
function firstFailure({ shaped, deletionPolicy }: DecideInput): Decision | undefined {
  for (const { entry, outcome } of shaped) {
    if (outcome.ok) continue;
    if (outcome.error.code === 'not-found' && deletionPolicy !== 'Retain') continue;
    return { type: 'fail', error: outcome.error, entry };
  }
  return undefined;
}

function isAbsent({ outcome, absent }: ShapedEntry): boolean {
  return outcome.ok ? absent && outcome.value.size === 0 : outcome.error.code === 'not-found';
}

function mayDelete({ shaped, deletionPolicy }: DecideInput, missing: readonly ShapedEntry[]): boolean {
  return deletionPolicy === 'Delete' && shaped.length > 0 && missing.length === shaped.length;
}

function deletion(input: DecideInput, missing: readonly ShapedEntry[]): Decision {
  if (input.creationPolicy !== 'Owner') {
    const entry = missing[0]?.entry;
    const policies = `deletionPolicy Delete needs creationPolicy Owner, not ${input.creationPolicy}`;
    const error = new ProviderError('invalid-config', `every key is gone, but ${policies}: change one of the two`);
    return { type: 'refuse', error: entry ? entryError(entry, error) : error, missing };
  }
  return input.generationRead === input.generationNow ? { type: 'delete', missing } : { type: 'stale' };
}

function merge(shaped: readonly ShapedEntry[]): Map<string, Sealed> {
  const data = new Map<string, Sealed>();
  for (const { outcome } of shaped) {
    if (!outcome.ok) continue;
    for (const [key, value] of outcome.value) data.set(key, value);
  }
  return data;
}
