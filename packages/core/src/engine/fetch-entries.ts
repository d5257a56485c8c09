import type { Outcome } from '../provider/outcome.ts';
import type { DocumentSyntax, SecretValue } from '../provider/provider.ts';
import type { Entry, StoreSelection } from './entries.ts';
import type { Lane, ReadRequest } from './lane.ts';

/** What a store answered for an entry, before extraction. */
export type RawContent =
  | { readonly type: 'secret'; readonly value: SecretValue; readonly documents: DocumentSyntax }
  | { readonly type: 'found'; readonly secrets: readonly { readonly key: string; readonly value: SecretValue }[] };

export interface FetchedEntry {
  readonly entry: Entry;
  readonly outcome: Outcome<RawContent>;
  /** Equal as long as what the entry reads is; undefined where the store has no change token, or the read failed. */
  readonly token: string | undefined;
}

export type LaneOf = (store: StoreSelection) => Promise<Lane>;

/**
 * Reads all entries at once, so that they share batches. Never rejects for a failed entry, `laneOf` included: the
 * failure is that entry's outcome. Rejects only with the reason of an aborted `request.signal`.
 */
export async function fetchEntries(
  entries: readonly Entry[],
  laneOf: LaneOf,
  request: ReadRequest,
): Promise<FetchedEntry[]> {
  await Promise.all([entries, laneOf, request]);
  throw new Error('in the making');
}

/** One digest over all tokens; undefined if any entry has none. */
export function changeToken(fetched: readonly FetchedEntry[]): string | undefined {
  return fetched[0]?.token;
}
