import type { Outcome } from '../provider/outcome.ts';
import type { Sealed } from '../provider/sealed.ts';
import type { Entry } from './entries.ts';
import type { FetchedEntry } from './fetch-entries.ts';

/** What one entry adds to the Secret. */
export interface ShapedEntry {
  readonly entry: Entry;
  /** The keys and values that it brings, or why it brings none. */
  readonly outcome: Outcome<ReadonlyMap<string, Sealed>>;
  /** The backend positively has nothing for it: `not-found`, or a complete listing of nothing. */
  readonly absent: boolean;
}

export function shapeEntries(fetched: readonly FetchedEntry[]): ShapedEntry[] {
  return fetched.map((item) => ({ entry: item.entry, outcome: item.outcome as never, absent: false }));
}
