import { createHash } from 'node:crypto';
import { realpath, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { pluginCode, pluginFiles, pluginFolder } from '@esox/testbed/plugins';
import { expect, test } from 'vitest';
import { packageIntegrity, readLock } from './integrity.ts';
import { PluginCatalog } from './plugin-catalog.ts';

const coreVersion = '0.1.0';
const signal = new AbortController().signal;

async function lockedFolder() {
  const folder = await pluginFolder(pluginFiles('provider-good', { at: 'node_modules/provider-good', code: quiet }));
  const integrity = await packageIntegrity(join(folder.path, 'node_modules/provider-good'));
  const lock = (version: string, of = integrity): object => ({
    plugins: { 'provider-good': { version, integrity: of } },
  });
  await folder.write({ 'lock.json': lock('1.0.0') });
  const open = () =>
    PluginCatalog.open({
      nodeModules: join(folder.path, 'node_modules'),
      coreVersion,
      lockFile: join(folder.path, 'lock.json'),
    });
  return { folder, lock, open };
}

/** Leaves no trace in its own folder, which the lock would notice. */
const quiet = pluginCode('good').replace(/^ *appendFileSync.*$/m, '');

test('the integrity is that of paths, sizes and bytes, in the order of the paths', async () => {
  await using folder = await pluginFolder({
    'b.txt': 'two',
    'a/z.txt': 'one',
    'a.txt': '',
    'node_modules/x/y.js': 'no',
  });
  const expected = createHash('sha512').update('a.txt\x000\x00' + 'a/z.txt\x003\x00one' + 'b.txt\x003\x00two');
  expect(await packageIntegrity(folder.path)).toBe(`sha512-${expected.digest('base64')}`);
});

test('what the lock names is loaded', async () => {
  const { folder, open } = await lockedFolder();
  await using _ = folder;
  expect((await (await open()).load('good', signal)).provider.id).toBe('good');
});

test('another version, other files, or no entry: refused', async () => {
  const { folder, lock, open } = await lockedFolder();
  await using _ = folder;
  await folder.write({ 'lock.json': lock('1.0.1') });
  await expect((await open()).load('good', signal)).rejects.toThrow('allows version 1.0.1 only');
  await folder.write({ 'lock.json': lock('1.0.0', `sha512-${Buffer.alloc(64).toString('base64')}`) });
  await expect((await open()).load('good', signal)).rejects.toThrow('not those of the plugin lock');
  await folder.write({
    'lock.json': lock('1.0.0'),
    ...pluginFiles('other', { at: 'node_modules/other', id: 'other' }),
  });
  const catalog = await open();
  await expect(catalog.load('other', signal)).rejects.toThrow('the plugin lock does not name it');
  expect((await catalog.load('good', signal)).provider.id).toBe('good');
});

test('the lock decides between two claimants', async () => {
  const { folder, open } = await lockedFolder();
  await using _ = folder;
  await folder.write(pluginFiles('other', { at: 'node_modules/other' }));
  expect((await (await open()).load('good', signal)).pluginName).toBe('provider-good');
});

test('files that change after the start are noticed before the import', async () => {
  const { folder, open } = await lockedFolder();
  await using _ = folder;
  const catalog = await open();
  await folder.write({ 'node_modules/provider-good/extra.js': '' });
  await expect(catalog.load('good', signal)).rejects.toMatchObject({ code: 'refused' });
});

test('a symbolic link is not covered, so it is refused', async () => {
  const { folder, open } = await lockedFolder();
  await using _ = folder;
  await symlink(await realpath(folder.path), join(folder.path, 'node_modules/provider-good/link'));
  await expect((await open()).load('good', signal)).rejects.toThrow('symbolic link');
});

test.each([
  '{"canary',
  '{}',
  '{"plugins": {"a": {"version": "1.0.0"}}}',
  '{"plugins": {"a": {"version": "1", "integrity": "md5-x"}}}',
])('the lock %s does not hold', async (text) => {
  await using folder = await pluginFolder({ 'lock.json': text });
  const reading = readLock(join(folder.path, 'lock.json'));
  await expect(reading).rejects.toMatchObject({ code: 'invalid-lock' });
  await expect(reading).rejects.not.toThrow('canary');
});

test('a lock that is not there does not hold', async () => {
  await expect(readLock('/no/such/lock.json')).rejects.toMatchObject({ code: 'invalid-lock' });
});
