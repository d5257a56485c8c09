import { createHash } from 'node:crypto';
import { ProviderError } from '../provider/errors.ts';
import { failure, success, type Outcome } from '../provider/outcome.ts';
import type { DocumentSyntax, FoundSecret, ReadRef, SecretValue } from '../provider/provider.ts';
import {
  entryError,
  type Entry,
  type FindEntry,
  type FindSpec,
  type RemoteRefSpec,
  type StoreSelection,
} from './entries.ts';
import type { Lane, ReadRequest } from './lane.ts';

interface FoundContent {
  readonly key: string;
  readonly value: SecretValue;
}

/** What a store answered for an entry, before extraction. */
export type RawContent =
  | { readonly type: 'secret'; readonly value: SecretValue; readonly documents: DocumentSyntax }
  | { readonly type: 'found'; readonly secrets: readonly FoundContent[] };

export interface FetchedEntry {
  readonly entry: Entry;
  readonly outcome: Outcome<RawContent>;
  /** Equal as long as what the entry reads is; undefined where the store has no change token, or the read failed. */
  readonly token: string | undefined;
}

export type LaneOf = (store: StoreSelection) => Promise<Lane>;

/**
 * Reads all entries at once, so that they share batches; `laneOf` is called once for each store. A failed entry, or a
 * rejection of `laneOf`, is that entry's outcome. Rejects only with the reason of an aborted `request.signal`.
 */
export async function fetchEntries(
  entries: readonly Entry[],
  laneOf: LaneOf,
  request: ReadRequest,
): Promise<FetchedEntry[]> {
  const lanes = new Map<string, Promise<Lane>>();
  const laneOnce: LaneOf = (store) => {
    const name = `${store.kind}/${store.name}`;
    const lane = lanes.get(name) ?? laneOf(store);
    lanes.set(name, lane);
    return lane;
  };
  return Promise.all(entries.map((entry) => fetchEntry(entry, laneOnce, request)));
}

async function fetchEntry(entry: Entry, laneOf: LaneOf, request: ReadRequest): Promise<FetchedEntry> {
  try {
    if ('generatorRef' in entry) throw new ProviderError('not-supported', 'generators are not supported yet');
    if (entry.store.name === '') throw new ProviderError('invalid-config', 'no store is named: set its secretStoreRef');
    const lane = await laneOf(entry.store);
    if ('find' in entry) return await fetchFound(entry, lane, request);
    return await fetchSecret(entry, 'ref' in entry ? entry.ref : entry.extract, lane, request);
  } catch (error) {
    request.signal.throwIfAborted();
    return failed(entry, ProviderError.from(error, 'Getting the store'));
  }
}

async function fetchSecret(entry: Entry, spec: RemoteRefSpec, lane: Lane, request: ReadRequest): Promise<FetchedEntry> {
  const { documents } = lane.provider;
  const outcome = await lane.read(readRefOf(spec, documents), request);
  if (!outcome.ok) return failed(entry, outcome.error, lane);
  const { version } = outcome.value;
  const token = version === undefined ? undefined : tokenOf(lane, 'secret', version);
  return { entry, outcome: success({ type: 'secret', value: outcome.value, documents }), token };
}

/** A provider without property steps resolves the property itself. */
function readRefOf(spec: RemoteRefSpec, documents: DocumentSyntax): ReadRef {
  return {
    key: spec.key,
    ...(spec.version ? { version: spec.version } : {}),
    ...(spec.property && documents.property.length === 0 ? { property: spec.property } : {}),
    ...(spec.metadataPolicy === 'Fetch' ? { metadata: true } : {}),
  };
}

async function fetchFound(entry: FindEntry, lane: Lane, request: ReadRequest): Promise<FetchedEntry> {
  const listing = await lane.find(queryOf(entry.find), request);
  if (!listing.ok) return failed(entry, listing.error, lane);
  const reads = await Promise.all(listing.value.map((found) => readFound(found, lane, request)));
  const secrets: FoundContent[] = [];
  for (const { key, outcome } of reads) {
    if (outcome.ok) secrets.push({ key, value: outcome.value });
    // What is gone by now was not found.
    else if (outcome.error.code !== 'not-found') return failed(entry, withKey(outcome.error, key), lane);
  }
  return { entry, outcome: success({ type: 'found', secrets }), token: foundToken(secrets, lane) };
}

function queryOf(find: FindSpec) {
  return {
    ...(find.name?.regexp === undefined ? {} : { name: find.name.regexp }),
    ...(find.path === undefined ? {} : { path: find.path }),
    ...(find.tags === undefined ? {} : { tags: find.tags }),
  };
}

async function readFound(found: FoundSecret, lane: Lane, request: ReadRequest) {
  const outcome = found.value ? success(found.value) : await lane.read(found.ref, request);
  return { key: found.key, outcome };
}

function withKey(error: ProviderError, key: string): ProviderError {
  const { retryAfterMs } = error;
  const options = { cause: error, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  return new ProviderError(error.code, `found key ${JSON.stringify(key)}: ${error.message}`, options);
}

function failed(entry: Entry, error: ProviderError, lane?: Lane): FetchedEntry {
  const token = lane && error.code === 'not-found' ? tokenOf(lane, 'absent') : undefined;
  return { entry, outcome: failure(entryError(entry, error)), token };
}

function foundToken(secrets: readonly FoundContent[], lane: Lane): string | undefined {
  const versions: string[] = [];
  for (const { key, value } of secrets) {
    if (value.version === undefined) return undefined;
    versions.push(JSON.stringify([key, value.version]));
  }
  return tokenOf(lane, 'found', ...versions.toSorted());
}

/** With the lane's identity: the same version of another store is another value. */
function tokenOf(lane: Lane, ...parts: string[]): string {
  return JSON.stringify([lane.id, ...parts]);
}

/** One digest over all tokens; undefined if any entry has none. It speaks of what was read, not of the entries. */
export function changeToken(fetched: readonly FetchedEntry[]): string | undefined {
  const digest = createHash('sha256');
  for (const { entry, token } of fetched) {
    if (token === undefined) return undefined;
    digest.update(`${entry.field}[${entry.index}]=${token.length}:${token}\n`);
  }
  return digest.digest('base64');
}
