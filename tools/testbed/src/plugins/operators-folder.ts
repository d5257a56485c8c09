import { execFile } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { thirdPartyPlugin } from './third-party-plugin.ts';

const run = promisify(execFile);
const repository = join(import.meta.dirname, '../../../..');

export interface OperatorsFolder extends AsyncDisposable {
  /** Holds a `node_modules` with the third-party plugin and its peer, and nothing of this repository by link. */
  readonly path: string;
}

/**
 * What an operator does who wants a plugin from outside: packs as its author publishes them, and `npm install` in a
 * folder of theirs. No registry is asked: all dependencies come as tarballs, too.
 */
export async function operatorsFolder(): Promise<OperatorsFolder> {
  const base = await mkdtemp(join(tmpdir(), 'esox-operators-'));
  const tarballs = join(base, 'tarballs');
  const path = join(base, 'plugins');
  await mkdir(tarballs);
  await mkdir(path);
  await run(join(repository, 'node_modules/.bin/tsc'), ['-b', 'packages/core'], { cwd: repository });
  const sources = [thirdPartyPlugin, ...(await withDependencies('@esox/core', join(base, 'staged')))];
  await run('npm', ['pack', '--ignore-scripts', '--pack-destination', tarballs, ...sources], { cwd: base });
  const files = (await readdir(tarballs)).map((file) => join(tarballs, file));
  await writeFile(join(path, 'package.json'), JSON.stringify({ private: true }));
  const quietly = ['--offline', '--cache', join(base, 'npm-cache'), '--ignore-scripts', '--no-audit', '--no-fund'];
  await run('npm', ['install', ...quietly, ...files], { cwd: path });
  return { path, [Symbol.asyncDispose]: () => rm(base, { recursive: true }) };
}

/** Folders of a package and of all that it depends on; those of this repository as they are published. */
async function withDependencies(name: string, staging: string, from = repository): Promise<string[]> {
  const folder = folderOf(name, from);
  const packageJson = await readPackageJson(folder);
  const dependencies = Object.keys(packageJson.dependencies ?? {});
  const below = await Promise.all(dependencies.map((dependency) => withDependencies(dependency, staging, folder)));
  const own = name.startsWith('@esox/') ? await stage(folder, join(staging, name)) : folder;
  return [...new Set([own, ...below.flat()])];
}

function folderOf(name: string, from: string): string {
  const searched = createRequire(join(from, 'package.json')).resolve.paths(name) ?? [];
  const found = searched.map((modules) => join(modules, name)).find((folder) => existsSync(folder));
  if (found === undefined) throw new Error(`${name} is not installed; run npm ci`);
  return realpathSync(found);
}

/** A published package has no sources, so the condition that leads to them is left out. */
async function stage(folder: string, to: string): Promise<string> {
  const packageJson = await readPackageJson(folder);
  const published = JSON.stringify(packageJson, (key, value: unknown) => (key === 'esox-source' ? undefined : value));
  await cp(join(folder, 'dist'), join(to, 'dist'), { recursive: true });
  await writeFile(join(to, 'package.json'), published);
  return to;
}

async function readPackageJson(folder: string): Promise<{ readonly dependencies?: Readonly<Record<string, string>> }> {
  return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as object; // npm checked it
}
