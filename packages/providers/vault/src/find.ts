import { type Call, type FindQuery, type FoundSecret, type Outcome, ProviderError } from '@esox/core';
import { each, matchName } from '@esox/provider-kit';
import type { VaultConfig } from './config.ts';
import { hasTags, listedNames } from './documents.ts';
import { folderPath, keyInFolder, secretPath } from './paths.ts';
import type { Vault } from './vault.ts';

export interface Search {
  readonly vault: Vault;
  readonly config: VaultConfig;
}

/** Requests of one search that are under way at once. */
const concurrency = 10;

/**
 * All secrets below `query.path` that match. A listing brings no values, and names deleted secrets too: reading those
 * answers `not-found`.
 */
export async function* find(query: FindQuery, search: Search, call: Call): AsyncIterable<FoundSecret> {
  if (query.tags !== undefined && search.config.version === 'v1') {
    throw new ProviderError('not-supported', 'find.tags: version v1 of the KV secrets engine keeps no custom metadata');
  }
  const matches = matcher(query, search, call);
  for await (const keys of listKeys(query.path ?? '', search, call)) {
    const answers = await each(keys, matches, { concurrency, signal: call.signal });
    for (const [index, isMatch] of present(answers)) {
      const key = keys[index];
      if (key !== undefined && isMatch) yield { key, ref: { key } };
    }
  }
}

type Matches = (key: string) => Promise<boolean>;

/** With a name, tags are not looked at; an empty set of tags matches every secret. */
function matcher({ name, tags = {} }: FindQuery, { vault, config }: Search, call: Call): Matches {
  if (name !== undefined) {
    const matches = matchName(name);
    return async (key) => matches(key);
  }
  if (Object.keys(tags).length === 0) return async () => true;
  return async (key) => {
    const at = secretPath(key, 'metadata', config);
    return hasTags(await vault.read(at, call), tags, at);
  };
}

/** The keys of each folder below `path`, level by level. A key begins with `path`. */
async function* listKeys(path: string, { vault, config }: Search, call: Call): AsyncIterable<readonly string[]> {
  const list = async (folder: string): Promise<readonly string[]> => {
    const at = folderPath(folder, config);
    return listedNames(await vault.list(at, call), at).map((name) => keyInFolder(folder, name));
  };
  const root = path.replace(/\/+$/, '');
  let level: readonly (readonly string[])[] = [await list(root)];
  while (level.length > 0) {
    const folders: string[] = [];
    for (const keys of level) {
      yield keys.filter((key) => !key.endsWith('/'));
      folders.push(...keys.filter((key) => key.endsWith('/')).map((key) => key.slice(0, -1)));
    }
    // A folder that is gone since its parent was listed has nothing to add.
    level = present(await each(folders, list, { concurrency, signal: call.signal })).map(([, keys]) => keys);
  }
}

/** The values that are there, with their positions. Any other failure than absence ends the search. */
function present<T>(outcomes: readonly Outcome<T>[]): [number, T][] {
  return outcomes.flatMap((outcome, index): [number, T][] => {
    if (outcome.ok) return [[index, outcome.value]];
    if (outcome.error.code === 'not-found') return [];
    throw outcome.error;
  });
}
