import { mkdir, realpath, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { pluginFiles, type PluginFolder, pluginFolder } from '@esox/testbed/plugins';
import { expect, test } from 'vitest';
import { discover } from './discover.ts';

async function found(folder: PluginFolder, roots: Parameters<typeof discover>[0]): Promise<string[]> {
  const base = await realpath(folder.path);
  return (await discover(roots)).map((candidate) => candidate.folder.slice(base.length + 1));
}

test('finds packages with a manifest in node_modules: plain, scoped, linked', async () => {
  await using folder = await pluginFolder({
    ...pluginFiles('plain', { at: 'node_modules/plain' }),
    ...pluginFiles('@scope/one', { at: 'node_modules/@scope/one' }),
    ...pluginFiles('linked', { at: 'workspace/linked' }),
    ...pluginFiles('nested', { at: 'node_modules/plain/node_modules/nested' }),
    ...pluginFiles('hidden', { at: 'node_modules/.store/hidden' }),
    'node_modules/other/package.json': { name: 'other' },
    'node_modules/no-package/index.js': '',
    'node_modules/file.txt': '',
  });
  await symlink(join(folder.path, 'workspace/linked'), join(folder.path, 'node_modules/linked'));
  await symlink(join(folder.path, 'gone'), join(folder.path, 'node_modules/dangling'));
  expect(await found(folder, { nodeModules: join(folder.path, 'node_modules'), pluginDirs: [] })).toEqual([
    'node_modules/@scope/one',
    'node_modules/plain',
    'workspace/linked',
  ]);
});

test('a plugin folder is a plugin, or holds some in node_modules or side by side', async () => {
  await using folder = await pluginFolder({
    ...pluginFiles('itself'),
    ...pluginFiles('installed', { at: 'operators/node_modules/installed' }),
    'operators/package.json': { private: true },
    ...pluginFiles('a', { at: 'many/a' }),
    ...pluginFiles('@scope/b', { at: 'many/@scope/b' }),
  });
  const pluginDirs = ['itself', 'operators', 'many'].map((name) => join(folder.path, name));
  expect(await found(folder, { pluginDirs })).toEqual([
    'itself',
    'many/@scope/b',
    'many/a',
    'operators/node_modules/installed',
  ]);
});

test('what is found twice is one candidate', async () => {
  await using folder = await pluginFolder(pluginFiles('plain', { at: 'node_modules/plain' }));
  const nodeModules = join(folder.path, 'node_modules');
  expect(await found(folder, { nodeModules, pluginDirs: [folder.path, join(nodeModules, 'plain')] })).toEqual([
    'node_modules/plain',
  ]);
});

test('a package.json that is no JSON is a candidate, so that it is listed', async () => {
  await using folder = await pluginFolder({ 'broken/package.json': '{"name": ' });
  const [candidate] = await discover({ pluginDirs: [folder.path] });
  expect(candidate).toMatchObject({ packageJson: undefined });
});

test('node_modules may be missing, a plugin folder may not', async () => {
  await using folder = await pluginFolder();
  await mkdir(join(folder.path, 'empty'));
  const gone = join(folder.path, 'gone');
  expect(await discover({ nodeModules: gone, pluginDirs: [join(folder.path, 'empty')] })).toEqual([]);
  await expect(discover({ pluginDirs: [gone] })).rejects.toMatchObject({ code: 'invalid-plugin-dir' });
});
