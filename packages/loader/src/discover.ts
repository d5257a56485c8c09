import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { PluginError } from './plugin-error.ts';

export interface PluginRoots {
  /** A `node_modules` folder; it need not exist. */
  readonly nodeModules?: string;
  /** Each is a plugin's own folder, or holds plugins: in its `node_modules`, or folder by folder. */
  readonly pluginDirs: readonly string[];
}

/** A package that wants to be a plugin: its package.json has `esox`, or cannot be read as JSON at all. */
export interface Candidate {
  /** Real path. */
  readonly folder: string;
  readonly packageJson: unknown;
}

/**
 * Reads package.json files and runs no code. Packages inside a package's own `node_modules` are not looked at. A folder
 * that is found twice is one candidate. Ordered by folder.
 * @throws PluginError `invalid-plugin-dir` for a plugin folder that does not exist.
 */
export async function discover(roots: PluginRoots): Promise<readonly Candidate[]> {
  const found = await Promise.all([
    roots.nodeModules === undefined ? [] : candidatesIn(roots.nodeModules),
    ...roots.pluginDirs.map(pluginDir),
  ]);
  const byFolder = new Map(found.flat().map((candidate) => [candidate.folder, candidate]));
  return [...byFolder.values()].toSorted((one, other) => (one.folder < other.folder ? -1 : 1));
}

async function pluginDir(folder: string): Promise<Candidate[]> {
  const isFolder = await stat(folder).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) throw new PluginError('invalid-plugin-dir', `the plugin folder ${folder} does not exist`);
  const itself = await candidateAt(folder);
  if (itself) return [itself];
  return [...(await candidatesIn(join(folder, 'node_modules'))), ...(await candidatesIn(folder))];
}

async function candidatesIn(folder: string): Promise<Candidate[]> {
  const names = (await entriesOf(folder)).filter((name) => !name.startsWith('.') && name !== 'node_modules');
  const found = await Promise.all(
    names.map(async (name) => {
      const path = join(folder, name);
      if (name.startsWith('@') && !basename(folder).startsWith('@')) return candidatesIn(path);
      const candidate = await candidateAt(path);
      return candidate ? [candidate] : [];
    }),
  );
  return found.flat();
}

async function entriesOf(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch {
    return []; // Not there, a file, or not readable: nothing to load from it.
  }
}

async function candidateAt(folder: string): Promise<Candidate | undefined> {
  let text: string;
  try {
    text = await readFile(join(folder, 'package.json'), 'utf8');
  } catch {
    return undefined;
  }
  const packageJson = parse(text);
  const wanted = packageJson === undefined || (isObject(packageJson) && 'esox' in packageJson);
  return wanted ? { folder: await realpath(folder), packageJson } : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
