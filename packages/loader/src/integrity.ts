import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { PluginError } from './plugin-error.ts';

/** Which plugins may be loaded, by package name: exactly this version with exactly these files. */
export type PluginLock = ReadonlyMap<string, LockedPlugin>;

export interface LockedPlugin {
  readonly version: string;
  /** As `packageIntegrity` answers it. */
  readonly integrity: string;
}

/**
 * Reads `{"plugins": {"<package>": {"version": "1.2.3", "integrity": "sha512-…"}}}`.
 * @throws PluginError `invalid-lock`.
 */
export async function readLock(file: string): Promise<PluginLock> {
  const text = await readFile(file, 'utf8').catch(() => {
    throw new PluginError('invalid-lock', `the plugin lock ${file} cannot be read`);
  });
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new PluginError('invalid-lock', `the plugin lock ${file} is not valid JSON`);
  }
  const plugins = Object.entries(Object(Object(parsed).plugins) as object);
  const locked = plugins.filter((entry): entry is [string, LockedPlugin] => isLocked(entry[1]));
  if (plugins.length === 0 || locked.length < plugins.length) {
    throw new PluginError(
      'invalid-lock',
      `the plugin lock ${file} needs "plugins" with a version and an integrity each`,
    );
  }
  return new Map(locked);
}

function isLocked(value: unknown): value is LockedPlugin {
  const { version, integrity } = Object(value) as Record<string, unknown>;
  return typeof version === 'string' && typeof integrity === 'string' && /^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity);
}

/**
 * `sha512-` and the base64 digest over the package's files, in the order of their paths' bytes. Of each file go in: its
 * path with `/`, a NUL, its size in decimal, a NUL, its bytes. A `node_modules` inside the package is left out.
 * @throws PluginError `refused` for a package that holds a symbolic link, which could lead to other code later.
 */
export async function packageIntegrity(folder: string): Promise<string> {
  const hash = createHash('sha512');
  const paths = (await filesBelow(folder)).map((file) => relative(folder, file).split(sep).join('/'));
  for (const path of paths.toSorted((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)))) {
    const bytes = await readFile(join(folder, path));
    hash.update(`${path}\0${bytes.byteLength}\0`).update(bytes);
  }
  return `sha512-${hash.digest('base64')}`;
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = (await readdir(folder, { withFileTypes: true })).filter(({ name }) => name !== 'node_modules');
  const found = await Promise.all(
    entries.map(async (entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return filesBelow(path);
      if (entry.isFile()) return [path];
      throw new PluginError('refused', 'it holds a symbolic link or special file, which the lock cannot cover');
    }),
  );
  return found.flat();
}

/** Why the lock does not allow this package, as a sentence part; undefined where it does. */
export async function lockProblem(
  { name, version, folder }: { readonly name: string; readonly version: string; readonly folder: string },
  lock: PluginLock,
): Promise<string | undefined> {
  const locked = lock.get(name);
  if (!locked) return 'the plugin lock does not name it';
  if (locked.version !== version) return `the plugin lock allows version ${locked.version} only`;
  try {
    if ((await packageIntegrity(folder)) === locked.integrity) return undefined;
    return 'its files are not those of the plugin lock';
  } catch (error) {
    return error instanceof PluginError ? error.message : 'its files cannot be read for the plugin lock';
  }
}
