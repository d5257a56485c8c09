import { ProviderError } from '@esox/core';
import type { VaultConfig } from './config.ts';

/** Where a secret stands in Vault's API. Not encoded. */
export interface KvPath {
  /** Path of the engine, as far as the configuration tells: behind it, version v2 has `data` or `metadata`. */
  readonly engine: string;
  /** Path of the request, behind `/v1/`. */
  readonly path: string;
}

type Settings = Pick<VaultConfig, 'path' | 'version'>;
type Branch = 'data' | 'metadata';

/** Where the values (`data`) or the metadata of the secret `key` are. Version v1 has one place for both. */
export function secretPath(key: string, branch: Branch, settings: Settings): KvPath {
  const { engine, rest } = split(key, settings);
  if (rest.length === 0) {
    throw new ProviderError('invalid-ref', `key ${JSON.stringify(key)} names no secret inside the secrets engine`);
  }
  return join(engine, rest, branch, settings);
}

/** Where ESO keeps the metadata of a secret whose key repeats the path of the engine: it repeats it there, too. */
export function misplacedMetadataPath(key: string, { path, version }: Settings): KvPath | undefined {
  const engine = path === undefined || version === 'v1' ? undefined : segments(path);
  if (!engine || !key.startsWith(`${engine.join('/')}/`)) return undefined;
  return { engine: engine.join('/'), path: [...engine, 'metadata', ...segments(key)].join('/') };
}

/** Where the secrets below `folder` are listed; an empty folder is the root of the engine. */
export function folderPath(folder: string, settings: Settings): KvPath {
  if (settings.path === undefined && folder === '') {
    throw new ProviderError(
      'invalid-config',
      'find needs path in the store, or find.path that begins with the path of the secrets engine',
    );
  }
  const { engine, rest } = split(`${folder}/`, settings);
  return join(engine, rest, 'metadata', settings);
}

/** The key under which a listed entry is read. `name` is what Vault listed in `folder`. */
export function keyInFolder(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}

interface Place {
  readonly engine: readonly string[];
  readonly rest: readonly string[];
}

function split(key: string, { path, version }: Settings): Place {
  const engine = path === undefined ? undefined : segments(path);
  if (engine !== undefined) return { engine, rest: withoutMount(key, engine.join('/'), version) };
  const all = segments(key);
  if (version === 'v1') return { engine: [], rest: all };
  const data = key.includes('/data/') ? all.indexOf('data', 1) : -1;
  return data > 0
    ? { engine: all.slice(0, data), rest: all.slice(data + 1) }
    : { engine: all.slice(0, 1), rest: all.slice(1) };
}

/** A key may repeat the path of the engine, and on version v2 the `data` behind it. */
function withoutMount(key: string, mount: string, version: Settings['version']): readonly string[] {
  if (!key.startsWith(`${mount}/`)) return segments(key);
  const rest = key.slice(mount.length + 1);
  return segments(version === 'v2' && rest.startsWith('data/') ? rest.slice('data/'.length) : rest);
}

function join(engine: readonly string[], rest: readonly string[], branch: Branch, { version }: Settings): KvPath {
  const all = version === 'v2' ? [...engine, branch, ...rest] : [...engine, ...rest];
  const path = all.join('/');
  return { engine: engine.length > 0 ? engine.join('/') : path, path };
}

/** Empty segments are dropped, as the server would redirect to the path without them. */
function segments(path: string): readonly string[] {
  return path.split('/').filter((segment) => segment !== '');
}

/**
 * A path for a URL. Throws `invalid-ref` for `.` and `..`, which a URL resolves before it is sent: the request would
 * leave the secrets engine.
 */
export function encodePath(path: string): string {
  return segments(path).map(encodeSegment).join('/');
}

function encodeSegment(segment: string): string {
  if (segment === '.' || segment === '..') {
    throw new ProviderError('invalid-ref', 'a path in Vault cannot hold the segments "." and ".."');
  }
  return encodeURIComponent(segment.toWellFormed());
}
