import { lstat, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EXTERNAL_SECRETS } from '@esox/api';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import type { KubernetesObject } from '../port.ts';
import type { EmbeddedCluster } from './embedded-cluster.ts';
import { externalSecret, ScratchFolder, secretObject, secretsType, until } from './scratch-folder.fixture.ts';

const signal = AbortSignal.timeout(60_000);
const controller = { signal, fieldManager: 'controller' };

interface Secret extends KubernetesObject {
  type?: string;
  data?: Record<string, string>;
}

const getSecret = (cluster: EmbeddedCluster, name: string) =>
  cluster.get<Secret>(secretsType, { namespace: 'team-a', name }, { signal });

async function ownedSecret(cluster: EmbeddedCluster, name: string, data: Record<string, string>): Promise<Secret> {
  const owner = await cluster.get(EXTERNAL_SECRETS, { namespace: 'team-a', name }, { signal });
  const { uid = '' } = owner?.metadata ?? {};
  const reference = { apiVersion: 'external-secrets.io/v1', kind: 'ExternalSecret', name, uid, controller: true };
  const metadata = { labels: { app: 'x' }, annotations: { hash: '1' }, ownerReferences: [reference] };
  return cluster.create<Secret>(secretsType, secretObject(name, data, metadata), controller);
}

it('writes a manifest that kubectl could apply, for its owner only', async () => {
  await using folder = await ScratchFolder.create();
  await folder.write('a.yaml', externalSecret('db'));
  await using opened = await folder.open();
  await ownedSecret(opened.cluster, 'db', { password: 'p', long: 'x'.repeat(300) });
  expect(await folder.files()).toEqual(['team-a/db.yaml']);
  expect(opened.cluster.outputFile('team-a/db')).toBe(join(folder.output, 'team-a/db.yaml'));
  expect(parse(await folder.read('team-a/db.yaml'))).toEqual({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'db', namespace: 'team-a', labels: { app: 'x' }, annotations: { hash: '1' } },
    type: 'Opaque',
    data: {
      long: Buffer.from('x'.repeat(300)).toString('base64'),
      password: Buffer.from('p').toString('base64'),
    },
  });
  expect(await folder.mode('team-a/db.yaml')).toBe('600');
  expect(await folder.mode('team-a')).toBe('700');
  expect(await folder.mode('.esox')).toBe('700');
  expect(await folder.mode('.esox/secrets/team-a/db.json')).toBe('600');
});

it('follows updates and deletions', async () => {
  await using folder = await ScratchFolder.create();
  await using opened = await folder.open();
  const { cluster } = opened;
  const created = await cluster.create<Secret>(secretsType, secretObject('db', { a: '1' }), controller);
  await cluster.update(secretsType, { ...created, data: { b: 'Mg==' } }, controller);
  expect((parse(await folder.read('team-a/db.yaml')) as Secret).data).toEqual({ b: 'Mg==' });
  await cluster.delete(
    secretsType,
    { namespace: 'team-a', name: 'db' },
    { uid: created.metadata.uid ?? '' },
    { signal },
  );
  expect(await folder.files()).toEqual([]);
});

it('writes dotenv files', async () => {
  await using folder = await ScratchFolder.create();
  const { cluster } = await folder.open({ format: 'dotenv' });
  const data = { PASSWORD: 'two words', URL: 'https://example.com' };
  const created = await cluster.create<Secret>(secretsType, secretObject('db', data), controller);
  expect(await folder.read('team-a/db.env')).toBe("PASSWORD='two words'\nURL=https://example.com\n");
  expect(await folder.mode('team-a/db.env')).toBe('600');
  const binary = { ...created, data: { KEY: Buffer.from([0xff]).toString('base64') } };
  await expect(cluster.update(secretsType, binary, controller)).rejects.toMatchObject({ code: 'invalid' });
  expect((await getSecret(cluster, 'db'))?.data).toEqual(created.data);
  await cluster.close();

  await using restarted = await folder.open({ format: 'dotenv' });
  expect(await getSecret(restarted.cluster, 'db')).toMatchObject({ type: 'Opaque', data: created.data });
});

it('turns its files into the other format when that is asked for', async () => {
  await using folder = await ScratchFolder.create();
  const first = await folder.open();
  const created = await first.cluster.create<Secret>(secretsType, secretObject('db', { A: '1' }), controller);
  await first.cluster.close();
  await using second = await folder.open({ format: 'dotenv' });
  expect(await folder.files()).toEqual(['team-a/db.env']);
  expect((await getSecret(second.cluster, 'db'))?.metadata.uid).toBe(created.metadata.uid);
});

it('knows everything again after a restart and writes nothing anew', async () => {
  await using folder = await ScratchFolder.create();
  await folder.write('a.yaml', externalSecret('db'));
  const first = await folder.open();
  const created = await ownedSecret(first.cluster, 'db', { a: '1' });
  await first.cluster.close();
  const path = join(folder.output, 'team-a/db.yaml');
  const { ino, mtimeMs } = await lstat(path);

  await using second = await folder.open();
  const { resourceVersion: _first, ...metadata } = created.metadata;
  const { resourceVersion: _second, ...loaded } = (await getSecret(second.cluster, 'db'))?.metadata ?? { name: '' };
  expect(loaded).toEqual(metadata);
  await until(async () => (await getSecret(second.cluster, 'db')) !== undefined);
  expect(await lstat(path)).toMatchObject({ ino, mtimeMs });
});

it('remembers the status and generation of ExternalSecrets, and no value', async () => {
  await using folder = await ScratchFolder.create();
  await folder.write('a.yaml', externalSecret('same', { refreshInterval: '1h', data: [] }));
  await folder.write('b.yaml', externalSecret('edited', { refreshInterval: '1h' }));
  const first = await folder.open();
  const status = { refreshTime: '2026-01-01T00:00:00Z', syncedResourceVersion: '1-abc' };
  for (const name of ['same', 'edited']) {
    await ownedSecret(first.cluster, name, { password: 'hunter2' });
    const patch = { type: 'merge', body: { status } } as const;
    await first.cluster.patch(EXTERNAL_SECRETS, { namespace: 'team-a', name }, patch, {
      signal,
      subresource: 'status',
    });
  }
  await first.cluster.close();
  const remembered = await folder.read('.esox/status.json');
  expect(remembered).not.toContain('hunter2');
  expect(remembered).not.toContain(Buffer.from('hunter2').toString('base64'));
  expect(await folder.mode('.esox/status.json')).toBe('600');

  await folder.write('a.yaml', externalSecret('same', { data: [], refreshInterval: '1h' }));
  await folder.write('b.yaml', externalSecret('edited', { refreshInterval: '2h' }));
  await using second = await folder.open();
  const get = (name: string) => second.cluster.get(EXTERNAL_SECRETS, { namespace: 'team-a', name }, { signal });
  expect(await get('same')).toMatchObject({ metadata: { generation: 1 }, status });
  expect(await get('edited')).toMatchObject({ metadata: { generation: 2 }, status });
});

it('starts without a status file that is broken', async () => {
  await using folder = await ScratchFolder.create();
  await folder.write('a.yaml', externalSecret('one'));
  await mkdir(join(folder.output, '.esox'), { recursive: true });
  await writeFile(join(folder.output, '.esox', 'status.json'), '{"format":1,"externalSecrets":');
  await using opened = await folder.open();
  const object = await opened.cluster.get(EXTERNAL_SECRETS, { namespace: 'team-a', name: 'one' }, { signal });
  expect(object).toMatchObject({ metadata: { generation: 1 } });
});

it('deletes the Secret whose owner is deleted, while it runs and while it does not', async () => {
  await using folder = await ScratchFolder.create();
  for (const name of ['one', 'two', 'three']) await folder.write(`${name}.yaml`, externalSecret(name));
  const first = await folder.open();
  for (const name of ['one', 'two', 'three']) await ownedSecret(first.cluster, name, { a: '1' });
  await folder.remove('one.yaml');
  await until(async () => (await folder.files()).length === 2);
  await first.cluster.close();
  await folder.remove('two.yaml');
  await using second = await folder.open();
  await until(async () => (await folder.files()).length === 1);
  expect(await folder.files()).toEqual(['team-a/three.yaml']);
  expect(await getSecret(second.cluster, 'two')).toBeUndefined();
});

it('deletes no Secret at the start while a manifest cannot be read', async () => {
  await using folder = await ScratchFolder.create();
  await folder.write('one.yaml', externalSecret('one'));
  await folder.write('other.yaml', externalSecret('other'));
  const first = await folder.open();
  await ownedSecret(first.cluster, 'one', { a: '1' });
  await first.cluster.close();
  await folder.write('one.yaml', externalSecret('one').slice(0, -20));
  await using second = await folder.open();
  expect(second.cluster.problems()).toHaveLength(1);
  await folder.remove('other.yaml');
  const key = { namespace: 'team-a', name: 'other' };
  await until(async () => (await second.cluster.get(EXTERNAL_SECRETS, key, { signal })) === undefined);
  expect(await folder.files()).toEqual(['team-a/one.yaml']);
  await folder.remove('one.yaml');
  await until(async () => (await folder.files()).length === 0);
});

it('reads Secrets of manifests and copies them nowhere, until a controller adds to one', async () => {
  await using folder = await ScratchFolder.create();
  const manifest = { ...secretObject('login', { token: 't' }), stringData: { user: 'u' } };
  await folder.write('login.yaml', JSON.stringify(manifest));
  await using opened = await folder.open();
  const { cluster } = opened;
  const key = { namespace: 'team-a', name: 'login' };
  expect((await getSecret(cluster, 'login'))?.data).toEqual({ token: 'dA==', user: 'dQ==' });
  const label = { type: 'merge', body: { metadata: { labels: { managed: 'true' } } } } as const;
  await cluster.patch(secretsType, key, label, controller);
  expect(await folder.files()).toEqual([]);
  const add = { type: 'merge', body: { data: { added: 'YQ==' } } } as const;
  await cluster.patch(secretsType, key, add, controller);
  expect(await folder.files()).toEqual(['team-a/login.yaml']);
  await folder.write('login.yaml', JSON.stringify(secretObject('login', { token: 'new' })));
  await until(async () => (await getSecret(cluster, 'login'))?.data?.['user'] === undefined);
  expect((await getSecret(cluster, 'login'))?.data).toEqual({ token: 'bmV3', added: 'YQ==' });
  await cluster.patch(secretsType, key, { type: 'merge', body: { data: { added: null } } }, controller);
  expect(await folder.files()).toEqual([]);
});

it('writes through no symlink', async () => {
  await using folder = await ScratchFolder.create();
  const elsewhere = join(folder.root, 'elsewhere');
  await mkdir(elsewhere);
  await mkdir(folder.output);
  await symlink(elsewhere, join(folder.output, 'team-a'));
  await using opened = await folder.open();
  const { cluster } = opened;
  const attempt = cluster.create(secretsType, secretObject('db', { a: '1' }), controller);
  await expect(attempt).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringContaining('symlink') as string,
  });
  expect(await getSecret(cluster, 'db')).toBeUndefined();

  await rm(join(folder.output, 'team-a'));
  await mkdir(join(folder.output, 'team-a'));
  const target = join(elsewhere, 'target');
  await writeFile(target, 'untouched');
  await symlink(target, join(folder.output, 'team-a', 'db.yaml'));
  await cluster.create(secretsType, secretObject('db', { a: '1' }), controller);
  expect(await readFile(target, 'utf8')).toBe('untouched');
  expect((await lstat(join(folder.output, 'team-a', 'db.yaml'))).isFile()).toBe(true);
});

it('fails a write that the system refuses, and holds nothing that is not written', async () => {
  await using folder = await ScratchFolder.create();
  await using opened = await folder.open();
  await mkdir(join(folder.output, 'team-a', 'db.yaml'), { recursive: true });
  const attempt = opened.cluster.create(secretsType, secretObject('db', { a: '1' }), controller);
  await expect(attempt).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringMatching(/team-a\/db\.yaml": EISDIR$/) as string,
  });
  expect(await getSecret(opened.cluster, 'db')).toBeUndefined();
  expect(await folder.files()).toEqual([]);
});

it('does not take its own output for manifests', async () => {
  await using folder = await ScratchFolder.create();
  const output = join(folder.manifests, 'output');
  const first = await folder.open({ output });
  await first.cluster.create(secretsType, secretObject('db', { a: '1' }), controller);
  await first.cluster.close();
  await using second = await folder.open({ output });
  const secret = await getSecret(second.cluster, 'db');
  expect(secret?.metadata.managedFields?.map(({ manager }) => manager)).toEqual(['controller']);
});
