import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CLUSTER_SECRET_STORES, EXTERNAL_SECRETS, SECRET_STORES } from '@esox/api';
import { expect, it } from 'vitest';
import type { KubernetesObject } from '../port.ts';
import type { EmbeddedCluster } from './embedded-cluster.ts';
import { externalSecret, namespacesType, ScratchFolder, secretsType, until } from './scratch-folder.fixture.ts';

const signal = AbortSignal.timeout(60_000);

type Custom = KubernetesObject & Partial<Record<'spec' | 'status', Record<string, unknown>>>;

const getExternalSecret = (cluster: EmbeddedCluster, name: string) =>
  cluster.get<Custom>(EXTERNAL_SECRETS, { namespace: 'team-a', name }, { signal });

const specOf = async (cluster: EmbeddedCluster, name: string) => (await getExternalSecret(cluster, name))?.spec;

it('reads YAML and JSON, several documents, lists, and folders below', async () => {
  await using folder = await ScratchFolder.create();
  await folder.write('a.yaml', `# a comment only\n---\n${externalSecret('one')}\n---\n${externalSecret('two')}\n---\n`);
  await folder.write('deep/er/b.yml', externalSecret('three'));
  const list = `{"apiVersion":"v1","kind":"List","items":[${externalSecret('four')},${externalSecret('five')}]}`;
  await folder.write('c.json', list);
  await folder.write('notes.txt', 'not: a manifest');
  await folder.write('.hidden/d.yaml', externalSecret('hidden'));
  await folder.write(
    'store.yaml',
    'apiVersion: external-secrets.io/v1\nkind: ClusterSecretStore\nmetadata: {name: all}',
  );
  await folder.write(
    'no-namespace.yaml',
    'apiVersion: external-secrets.io/v1\nkind: SecretStore\nmetadata: {name: mine}',
  );
  await using opened = await folder.open();
  const { cluster } = opened;
  const names: string[] = [];
  for await (const page of cluster.list(EXTERNAL_SECRETS, { signal })) {
    names.push(...page.map(({ metadata }) => metadata.name));
  }
  expect(names.toSorted()).toEqual(['five', 'four', 'one', 'three', 'two']);
  expect(cluster.problems()).toEqual([]);
  expect(await cluster.get(CLUSTER_SECRET_STORES, { name: 'all' }, { signal })).toBeDefined();
  expect(await cluster.get(SECRET_STORES, { namespace: 'default', name: 'mine' }, { signal })).toBeDefined();
});

it('has every namespace that is named, with its label', async () => {
  await using folder = await ScratchFolder.create();
  await folder.write('a.yaml', externalSecret('one'));
  await folder.write('n.yaml', 'apiVersion: v1\nkind: Namespace\nmetadata: {name: team-a, labels: {tier: gold}}');
  await using opened = await folder.open();
  const namespace = await opened.cluster.get(namespacesType, { name: 'team-a' }, { signal });
  expect(namespace?.metadata.labels).toEqual({ 'kubernetes.io/metadata.name': 'team-a', tier: 'gold' });
  expect(await opened.cluster.get(namespacesType, { name: 'default' }, { signal })).toBeDefined();

  await folder.remove('n.yaml');
  const labels = async () =>
    (await opened.cluster.get(namespacesType, { name: 'team-a' }, { signal }))?.metadata.labels;
  await until(async () => (await labels())?.['tier'] === undefined);
  expect(await labels()).toEqual({ 'kubernetes.io/metadata.name': 'team-a' });
});

it('sees files that are written, replaced, moved and deleted', async () => {
  await using folder = await ScratchFolder.create();
  await folder.write('a.yaml', externalSecret('one', { refreshInterval: '1h' }));
  await using opened = await folder.open();
  const { cluster } = opened;
  const types: string[] = [];
  const informer = cluster.watch(EXTERNAL_SECRETS, { trim: (object) => object });
  informer.subscribe(({ type, key }) => types.push(`${type} ${key}`));

  for (const interval of ['2h', '3h']) {
    // As editors do it: a new file takes the name of the old one.
    await writeFile(join(folder.manifests, 'a.yaml~'), externalSecret('one', { refreshInterval: interval }));
    await rename(join(folder.manifests, 'a.yaml~'), join(folder.manifests, 'a.yaml'));
    await until(async () => (await specOf(cluster, 'one'))?.['refreshInterval'] === interval);
  }
  await folder.write('new/folder/b.yaml', externalSecret('two'));
  await until(async () => (await getExternalSecret(cluster, 'two')) !== undefined);
  await rename(join(folder.manifests, 'a.yaml'), join(folder.manifests, 'new', 'a.yaml'));
  await folder.write('new/folder/c.yaml', externalSecret('three'));
  await until(async () => (await getExternalSecret(cluster, 'three')) !== undefined);
  await folder.remove('new/folder');
  await until(async () => (await getExternalSecret(cluster, 'three')) === undefined);
  expect(await getExternalSecret(cluster, 'one')).toMatchObject({ metadata: { generation: 3 } });
  expect(types.filter((line) => line.endsWith('one'))).toEqual([
    'added team-a/one',
    'updated team-a/one',
    'updated team-a/one',
  ]);
  await informer.close();
});

it.each([
  ['half a file', (text: string) => text.slice(0, text.length / 2)],
  ['an empty file', () => ''],
  ['no file', undefined],
])('deletes nothing while an editor leaves %s for a moment', async (_, damage) => {
  await using folder = await ScratchFolder.create();
  const text = externalSecret('one', { refreshInterval: '1h' });
  await folder.write('a.yaml', text);
  // For this cluster no time passes, however busy the machine is.
  await using opened = await folder.open({ now: () => 0 });
  const deleted: string[] = [];
  const informer = opened.cluster.watch(EXTERNAL_SECRETS, { trim: (object) => object });
  informer.subscribe(({ type, key }) => type === 'deleted' && deleted.push(key));
  if (damage) await folder.write('a.yaml', damage(text));
  else await folder.remove('a.yaml');
  await folder.write('tick.yaml', externalSecret('tick'));
  await until(async () => (await getExternalSecret(opened.cluster, 'tick')) !== undefined);
  await folder.write('a.yaml', externalSecret('one', { refreshInterval: '2h' }));
  await until(async () => (await specOf(opened.cluster, 'one'))?.['refreshInterval'] === '2h');
  expect(deleted).toEqual([]);
  await informer.close();
});

it('keeps what a broken file held, and says what is wrong without quoting it', async () => {
  await using folder = await ScratchFolder.create();
  await folder.write('a.yaml', `${externalSecret('one')}\n---\n${externalSecret('two')}`);
  await using opened = await folder.open();
  const { cluster, reported } = opened;
  await folder.write('a.yaml', `${externalSecret('one')}\n---\napiVersion: v1\n  password: "hunter2\n`);
  await until(() => cluster.problems().length > 0);
  expect(await getExternalSecret(cluster, 'two')).toBeDefined();
  expect(cluster.problems()[0]).toMatchObject({ file: 'a.yaml', document: 2 });
  expect(cluster.problems()[0]?.message).toMatch(/^line \d+, column \d+: /);
  expect(JSON.stringify(reported)).not.toContain('hunter2');

  await folder.write('a.yaml', externalSecret('one'));
  await until(async () => (await getExternalSecret(cluster, 'two')) === undefined);
  expect(cluster.problems()).toEqual([]);
});

it('keeps the last good version of an invalid object', async () => {
  await using folder = await ScratchFolder.create();
  await folder.write('a.yaml', `${externalSecret('one', { data: [] })}\n---\n${externalSecret('two', { data: [] })}`);
  await using opened = await folder.open({
    validate: (value) =>
      Array.isArray((value as Custom).spec?.['data']) || value.kind !== 'ExternalSecret'
        ? { ok: true, value }
        : { ok: false, problems: [{ path: 'spec.data', message: 'must be an array' }] },
  });
  const { cluster, reported } = opened;
  await folder.write(
    'a.yaml',
    `${externalSecret('one', { data: 'text' })}\n---\n${externalSecret('two', { data: [1] })}`,
  );
  await until(() => cluster.problems().length > 0);
  const problem = { file: 'a.yaml', document: 1, object: 'ExternalSecret "team-a/one"' };
  expect(cluster.problems()).toEqual([{ ...problem, path: 'spec.data', message: 'must be an array' }]);
  expect(await specOf(cluster, 'one')).toEqual({ data: [] });
  expect(await specOf(cluster, 'two')).toEqual({ data: [1] });
  await folder.write('b.yaml', externalSecret('three', { data: [] }));
  await until(async () => (await getExternalSecret(cluster, 'three')) !== undefined);
  expect(reported).toHaveLength(1);
});

it.each([
  ['a scalar', 'just text', ''],
  ['no kind', 'apiVersion: v1\nmetadata: {name: a}', 'kind'],
  ['no name', 'apiVersion: v1\nkind: Secret\nmetadata: {}', 'metadata.name'],
  ['a label that is a number', 'apiVersion: v1\nkind: Secret\nmetadata: {name: a, labels: {n: 1}}', 'metadata.labels'],
  ['a name with a slash', 'apiVersion: v1\nkind: Secret\nmetadata: {name: ../../etc/a}', ''],
  ['a namespace with dots', 'apiVersion: v1\nkind: Secret\nmetadata: {name: a, namespace: ../b}', ''],
  ['text in data', 'apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata: {k: "not base64!"}', ''],
])('reports %s and reads the rest', async (_, text, path) => {
  await using folder = await ScratchFolder.create();
  await folder.write('a.yaml', `${text}\n---\n${externalSecret('one')}`);
  await using opened = await folder.open();
  expect(opened.cluster.problems()).toEqual([expect.objectContaining({ file: 'a.yaml', document: 1, path })]);
  expect(JSON.stringify(opened.reported)).not.toContain('not base64!');
  expect(await getExternalSecret(opened.cluster, 'one')).toBeDefined();
});

it('takes the first of two manifests of one object and reports the other', async () => {
  await using folder = await ScratchFolder.create();
  await folder.write('a.yaml', externalSecret('one', { refreshInterval: '1h' }));
  await folder.write('b.yaml', externalSecret('one', { refreshInterval: '2h' }));
  await using opened = await folder.open();
  const { cluster } = opened;
  expect(cluster.problems()).toMatchObject([{ file: 'b.yaml', object: 'ExternalSecret "team-a/one"' }]);
  expect(cluster.problems()[0]?.message).toContain('a.yaml');
  expect(await specOf(cluster, 'one')).toEqual({ refreshInterval: '1h' });
  await folder.remove('a.yaml');
  await until(async () => (await specOf(cluster, 'one'))?.['refreshInterval'] === '2h');
  expect(cluster.problems()).toEqual([]);
});

it('leaves what controllers added to an object, and takes away what left the manifest', async () => {
  await using folder = await ScratchFolder.create();
  await folder.write('a.yaml', externalSecret('one', {}, { labels: { mine: '1', gone: '1' } }));
  await using opened = await folder.open();
  const { cluster } = opened;
  const key = { namespace: 'team-a', name: 'one' };
  const body = { metadata: { labels: { theirs: '1' }, finalizers: ['example.com/f'] } };
  await cluster.patch(EXTERNAL_SECRETS, key, { type: 'merge', body }, { signal, fieldManager: 'controller' });
  const status = { body: { status: { done: true } }, type: 'merge' } as const;
  await cluster.patch(EXTERNAL_SECRETS, key, status, { signal, subresource: 'status' });
  await folder.write('a.yaml', externalSecret('one', { refreshInterval: '1h' }, { labels: { mine: '2' } }));
  await until(async () => (await specOf(cluster, 'one'))?.['refreshInterval'] === '1h');
  expect(await getExternalSecret(cluster, 'one')).toMatchObject({
    metadata: { labels: { mine: '2', theirs: '1' }, finalizers: ['example.com/f'] },
    status: { done: true },
  });
  expect((await getExternalSecret(cluster, 'one'))?.metadata.labels).not.toHaveProperty('gone');
});

it('waits for finalizers when a manifest goes, and makes the object anew when it is back', async () => {
  await using folder = await ScratchFolder.create();
  await folder.write('a.yaml', externalSecret('one', {}, { finalizers: ['example.com/f'] }));
  await using opened = await folder.open();
  const { cluster } = opened;
  await folder.remove('a.yaml');
  const deletion = async () => (await getExternalSecret(cluster, 'one'))?.metadata.deletionTimestamp;
  await until(async () => (await deletion()) !== undefined);
  await folder.write('a.yaml', externalSecret('one', { refreshInterval: '1h' }));
  await until(async () => (await specOf(cluster, 'one'))?.['refreshInterval'] === '1h');
  expect(await deletion()).toBeDefined();
  const body = { metadata: { finalizers: null } };
  await cluster.patch(EXTERNAL_SECRETS, { namespace: 'team-a', name: 'one' }, { type: 'merge', body }, { signal });
  await until(async () => (await getExternalSecret(cluster, 'one')) !== undefined && (await deletion()) === undefined);
  const { generation = 0 } = (await getExternalSecret(cluster, 'one'))?.metadata ?? {};
  expect(generation).toBeGreaterThan(2);
});

it('ignores what an exported manifest brings along from its cluster', async () => {
  await using folder = await ScratchFolder.create();
  const foreign = {
    uid: '11111111-1111-4111-8111-111111111111',
    resourceVersion: '123456',
    ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'o', uid: '22222222-2222-4222-8222-222222222222' }],
    managedFields: [{ manager: 'kubectl' }],
  };
  const text = externalSecret('one', {}, foreign).replace(/}$/, ',"status":{"refreshTime":"2026-01-01T00:00:00Z"}}');
  await folder.write('a.json', text);
  await using opened = await folder.open();
  const object = await getExternalSecret(opened.cluster, 'one');
  expect(object?.metadata.uid).not.toBe(foreign.uid);
  expect(object?.metadata).not.toHaveProperty('ownerReferences');
  expect(object).not.toHaveProperty('status');
});

it('changes nothing while the folder of manifests is away', async () => {
  await using folder = await ScratchFolder.create();
  await folder.write('a.yaml', externalSecret('one'));
  await using opened = await folder.open();
  const { cluster } = opened;
  await rename(folder.manifests, `${folder.manifests}-away`);
  await until(() => cluster.problems().length > 0);
  expect(cluster.problems()[0]?.message).toContain('ENOENT');
  expect(await getExternalSecret(cluster, 'one')).toBeDefined();
  await rename(`${folder.manifests}-away`, folder.manifests);
  await until(() => cluster.problems().length === 0);
  expect(await getExternalSecret(cluster, 'one')).toBeDefined();
});

it('says so when there is no such folder', async () => {
  await using folder = await ScratchFolder.create();
  await rm(folder.manifests, { recursive: true });
  await expect(folder.open()).rejects.toMatchObject({
    name: 'ClusterError',
    code: 'unavailable',
    message: expect.stringContaining('ENOENT') as string,
  });
});

it('reads files through symlinks, as mounted ConfigMaps have them', async () => {
  await using folder = await ScratchFolder.create();
  await mkdir(join(folder.manifests, '..2026'));
  await writeFile(join(folder.manifests, '..2026', 'a.yaml'), externalSecret('one'));
  await symlink('..2026', join(folder.manifests, '..data'));
  await symlink('..data/a.yaml', join(folder.manifests, 'a.yaml'));
  await using opened = await folder.open();
  expect(await getExternalSecret(opened.cluster, 'one')).toBeDefined();
  await mkdir(join(folder.manifests, '..2027'));
  await writeFile(join(folder.manifests, '..2027', 'a.yaml'), externalSecret('one', { refreshInterval: '5m' }));
  await symlink('..2027', join(folder.manifests, '..data_tmp'));
  await rename(join(folder.manifests, '..data_tmp'), join(folder.manifests, '..data'));
  await until(async () => (await specOf(opened.cluster, 'one'))?.['refreshInterval'] === '5m');
});

it('has no API server to ask for a token', async () => {
  await using folder = await ScratchFolder.create();
  await using opened = await folder.open();
  const token = opened.cluster.serviceAccountToken({ namespace: 'a', name: 'b' }, { audiences: [] }, { signal });
  await expect(token).rejects.toMatchObject({ code: 'invalid', message: expect.stringContaining('"a/b"') as string });
});

it('keeps the latest thousand events', async () => {
  await using folder = await ScratchFolder.create();
  await using opened = await folder.open();
  const events = { ...secretsType, kind: 'Event', plural: 'events' };
  for (let count = 1; count <= 1005; count++) {
    const event = { metadata: { namespace: 'team-a', name: `event-${count}` } };
    await opened.cluster.create(events, event, { signal });
  }
  expect(opened.cluster.events()).toHaveLength(1000);
  expect(opened.cluster.events()[0]?.metadata.name).toBe('event-6');
});
