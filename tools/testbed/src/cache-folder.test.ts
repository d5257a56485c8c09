import { mkdir, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { cacheFolder, contentHash } from './cache-folder.ts';
import { removeTemporaryFolder, temporaryFolder } from './temporary-folder.ts';

test('the cache is where the environment says, the nearest name first', () => {
  expect(cacheFolder({ ESOX_CACHE_DIR: '/a', XDG_CACHE_HOME: '/b' })).toBe('/a');
  expect(cacheFolder({ XDG_CACHE_HOME: '/b' })).toBe('/b/esox');
  expect(cacheFolder({ ESOX_CACHE_DIR: 'here' })).toBe(join(process.cwd(), 'here'));
  expect(cacheFolder({ ESOX_CACHE_DIR: '' })).toBe(join(homedir(), '.cache', 'esox'));
});

async function folderWith(files: Record<string, string>): Promise<string> {
  const folder = await temporaryFolder('hash');
  onTestFinished(() => removeTemporaryFolder(folder));
  await mkdir(join(folder, 'sub'));
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  return folder;
}

test('the hash is of names and contents, not of the place', async () => {
  const files = { 'go.mod': 'module x', 'sub/main.go': 'package main' };
  const hash = await contentHash(await folderWith(files));
  expect(hash).toMatch(/^[0-9a-f]{12}$/);
  expect(await contentHash(await folderWith({ ...files }))).toBe(hash);
  expect(await contentHash(await folderWith({ ...files, 'go.mod': 'module y' }))).not.toBe(hash);
  expect(await contentHash(await folderWith({ 'go.mod': 'module x', 'main.go': 'package main' }))).not.toBe(hash);
});

test('text that moves from one file to the next changes the hash', async () => {
  const hash = await contentHash(await folderWith({ a: 'xy', b: 'z' }));
  expect(await contentHash(await folderWith({ a: 'x', b: 'yz' }))).not.toBe(hash);
});
