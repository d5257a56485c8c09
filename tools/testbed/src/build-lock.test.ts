import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { withLock } from './build-lock.ts';
import { removeTemporaryFolder, temporaryFolder } from './temporary-folder.ts';

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await temporaryFolder('lock');
  file = join(folder, 'sub', 'server.lock');
});

afterEach(() => removeTemporaryFolder(folder));

test('holds the lock during the work, and answers what the work answers', async () => {
  expect(await withLock(file, vi.fn(), async () => existsSync(file))).toBe(true);
  expect(existsSync(file)).toBe(false);
});

test('lets go when the work fails', async () => {
  const work = () => Promise.reject(new Error('no compiler'));
  await expect(withLock(file, vi.fn(), work)).rejects.toThrow('no compiler');
  expect(existsSync(file)).toBe(false);
});

test('one after the other, and the one that waits says for whom, once', async () => {
  const order: string[] = [];
  const first = Promise.withResolvers<void>();
  const one = withLock(file, vi.fn(), async () => {
    await first.promise;
    order.push('one');
  });
  const onWait = vi.fn();
  const two = withLock(file, onWait, async () => {
    order.push('two');
  });
  await vi.waitFor(() => expect(onWait).toHaveBeenCalledWith(process.pid));
  first.resolve();
  await Promise.all([one, two]);
  expect(order).toEqual(['one', 'two']);
  expect(onWait).toHaveBeenCalledTimes(1);
});

test('takes over from a process that is gone', async () => {
  const { pid } = spawnSync(process.execPath, ['--version']);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, String(pid));
  expect(await withLock(file, vi.fn(), async () => 'built')).toBe('built');
});
