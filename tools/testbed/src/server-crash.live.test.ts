import { expect, test } from 'vitest';
import { startEtcd } from './etcd.ts';
import { startVault } from './vault.ts';

const key = Buffer.from('name').toString('base64');

async function etcdCall(url: string, method: string, body: object): Promise<{ kvs?: { value: string }[] }> {
  const response = await fetch(`${url}/v3/kv/${method}`, { method: 'POST', body: JSON.stringify(body) });
  return (await response.json()) as { kvs?: { value: string }[] };
}

test('what etcd has stored outlives a crash', async () => {
  await using etcd = await startEtcd();
  const value = Buffer.from('before').toString('base64');
  await etcdCall(etcd.url, 'put', { key, value });
  const { pid } = etcd;
  await etcd.kill();
  await expect(etcdCall(etcd.url, 'range', { key })).rejects.toThrow('fetch failed');
  await etcd.start();
  expect(etcd.pid).not.toBe(pid);
  expect((await etcdCall(etcd.url, 'range', { key })).kvs).toMatchObject([{ value }]);
});

test('a Vault that keeps its data outlives a crash, unsealed, with its root token', async () => {
  await using vault = await startVault({ keepsData: true });
  await vault.write('secret/data/app', { data: { password: 'before' } });
  await vault.kill();
  await expect(vault.read('secret/data/app')).rejects.toThrow('fetch failed');
  await vault.start();
  expect((await vault.read('secret/data/app')).data).toMatchObject({ data: { password: 'before' } });
  await vault.write('secret/data/app', { data: { password: 'after' } });
});
