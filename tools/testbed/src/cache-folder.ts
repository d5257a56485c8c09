import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, relative, resolve, sep } from 'node:path';

/** Where built servers are kept between runs; absolute, because Go runs in another folder. */
export function cacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  if (environment.ESOX_CACHE_DIR) return resolve(environment.ESOX_CACHE_DIR);
  if (environment.XDG_CACHE_HOME) return resolve(environment.XDG_CACHE_HOME, 'esox');
  return join(homedir(), '.cache', 'esox');
}

/** A short hash over the names and the contents of all files in a folder, whatever their order on disk. */
export async function contentHash(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const hash = createHash('sha256');
  for (const file of files.toSorted()) {
    const content = await readFile(file);
    hash.update(`${relative(folder, file).split(sep).join('/')}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex').slice(0, 12);
}
