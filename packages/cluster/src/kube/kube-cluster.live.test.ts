import {
  type TestCluster,
  CONFIG_MAPS,
  configMap,
  type ConfigMap,
  NAMESPACES,
  openCluster,
  SECRETS,
} from './kube-cluster.fixture.ts';
import { randomUUID } from 'node:crypto';
import { testbed } from '@esox/testbed';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Cluster, KubernetesObject, ResourceType } from '../port.ts';

const { kubernetes } = testbed();
const { signal } = new AbortController();

let open: TestCluster;
let cluster: Cluster;
let namespace: string;

beforeAll(async () => {
  open = await openCluster();
  cluster = open.cluster;
});
afterAll(() => open[Symbol.asyncDispose]());
beforeEach(async () => {
  namespace = await kubernetes.createNamespace({ prefix: 'crud' });
});

interface Secret extends KubernetesObject {
  data?: Record<string, string>;
}

async function count(type: ResourceType, options: { namespace?: string; labelSelector?: string }): Promise<string[]> {
  const names: string[] = [];
  for await (const page of cluster.list(type, { ...options, signal }))
    names.push(...page.map(({ metadata }) => metadata.name));
  return names;
}

test('creates, reads, replaces and deletes an object', async () => {
  const created = await cluster.create(CONFIG_MAPS, configMap(namespace, 'one', { a: '1' }), { signal });
  expect(created).toMatchObject({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace, name: 'one' },
    data: { a: '1' },
  });
  const key = { namespace, name: 'one' };
  expect(await cluster.get(CONFIG_MAPS, key, { signal })).toEqual(created);

  const updated = await cluster.update<ConfigMap>(CONFIG_MAPS, { ...created, data: { b: '2' } }, { signal });
  expect(updated.data).toEqual({ b: '2' });
  expect(updated.metadata.resourceVersion).not.toBe(created.metadata.resourceVersion);
  expect(updated.metadata.managedFields?.map(({ manager }) => manager)).toEqual(['esox']);

  const uid = created.metadata.uid ?? '';
  expect(await cluster.delete(CONFIG_MAPS, key, { uid }, { signal })).toBe(true);
  expect(await cluster.get(CONFIG_MAPS, key, { signal })).toBeUndefined();
  expect(await cluster.delete(CONFIG_MAPS, key, { uid }, { signal })).toBe(false);
});

test('reads cluster-scoped objects', async () => {
  const read = await cluster.get(NAMESPACES, { name: namespace }, { signal });
  expect(read).toMatchObject({ kind: 'Namespace', metadata: { name: namespace } });
});

test('refuses to replace an object that has changed, or to create one that is there', async () => {
  const created = await cluster.create(CONFIG_MAPS, configMap(namespace, 'one'), { signal });
  await cluster.update<ConfigMap>(CONFIG_MAPS, { ...created, data: { by: 'somebody' } }, { signal });
  const stale = cluster.update<ConfigMap>(CONFIG_MAPS, { ...created, data: { by: 'me' } }, { signal });
  await expect(stale).rejects.toMatchObject({ code: 'conflict', status: 409 });
  const again = cluster.create(CONFIG_MAPS, configMap(namespace, 'one'), { signal });
  await expect(again).rejects.toMatchObject({ code: 'already-exists', status: 409 });
  const unguarded = cluster.update(CONFIG_MAPS, configMap(namespace, 'one'), { signal });
  await expect(unguarded).rejects.toThrow(TypeError);
});

test('deletes only what it was asked to delete', async () => {
  const key = { namespace, name: 'one' };
  const created = await cluster.create(CONFIG_MAPS, configMap(namespace, 'one'), { signal });
  const uid = created.metadata.uid ?? '';
  const other = cluster.delete(CONFIG_MAPS, key, { uid: randomUUID() }, { signal });
  await expect(other).rejects.toMatchObject({ code: 'conflict' });
  await cluster.update<ConfigMap>(CONFIG_MAPS, { ...created, data: { changed: 'yes' } }, { signal });
  const { resourceVersion = '' } = created.metadata;
  const older = cluster.delete(CONFIG_MAPS, key, { uid, resourceVersion }, { signal });
  await expect(older).rejects.toMatchObject({ code: 'conflict' });
  expect(await cluster.get(CONFIG_MAPS, key, { signal })).toBeDefined();
});

test('merges a patch, and honours a resource version in it', async () => {
  const key = { namespace, name: 'one' };
  const created = await cluster.create(CONFIG_MAPS, configMap(namespace, 'one', { a: '1', b: '2' }), { signal });
  const body = { data: { a: null, c: '3' } };
  const patched = await cluster.patch<ConfigMap>(CONFIG_MAPS, key, { type: 'merge', body }, { signal });
  expect(patched.data).toEqual({ b: '2', c: '3' });
  const { resourceVersion } = created.metadata;
  const stale = { data: { d: '4' }, metadata: { resourceVersion } };
  const refused = cluster.patch(CONFIG_MAPS, key, { type: 'merge', body: stale }, { signal });
  await expect(refused).rejects.toMatchObject({ code: 'conflict' });
});

test('applies on the server side: creates, conflicts with another manager, and takes over by force', async () => {
  const key = { namespace, name: 'applied' };
  const apply = (value: string, fieldManager: string, force = false): Promise<ConfigMap> =>
    cluster.patch<ConfigMap>(
      CONFIG_MAPS,
      key,
      { type: 'apply', body: configMap(namespace, 'applied', { shared: value }), force },
      { signal, fieldManager },
    );
  expect((await apply('mine', 'one')).data).toEqual({ shared: 'mine' });
  await expect(apply('theirs', 'two')).rejects.toMatchObject({ code: 'conflict', status: 409 });
  const forced = await apply('theirs', 'two', true);
  expect(forced.data).toEqual({ shared: 'theirs' });
  // Manager one has no field left.
  expect(forced.metadata.managedFields).toMatchObject([{ manager: 'two', operation: 'Apply' }]);
});

test('writes a status apart from the object', async () => {
  const name = `${namespace}-status`;
  const created = await cluster.create(NAMESPACES, { metadata: { name } }, { signal });
  const condition = {
    type: 'NamespaceDeletionContentFailure',
    status: 'False',
    lastTransitionTime: '2026-01-01T00:00:00Z',
  };
  const body = { metadata: { labels: { ignored: 'yes' } }, status: { conditions: [condition] } };
  const options = { signal, subresource: 'status' as const };
  const patched = await cluster.patch(NAMESPACES, { name }, { type: 'merge', body }, options);
  expect(patched).toMatchObject({ metadata: { name }, status: { conditions: [condition] } });
  const withSpec = { ...created, metadata: patched.metadata, status: { phase: 'Active', conditions: [] } };
  const updated = await cluster.update(NAMESPACES, withSpec, options);
  expect(updated).not.toHaveProperty('status.conditions');
});

test('lists more than a page completely, in order, without an object twice', async () => {
  const names = Array.from({ length: 1_050 }, (_, index) => `object-${String(index).padStart(4, '0')}`);
  await inBatches(names, 50, (name) => cluster.create(CONFIG_MAPS, configMap(namespace, name), { signal }));
  const before = open.observed.requests.length;
  expect(await count(CONFIG_MAPS, { namespace })).toEqual(names);
  const lists = open.observed.requests.slice(before).filter(({ verb }) => verb === 'list');
  expect(lists).toHaveLength(3);
});

async function inBatches<T>(items: readonly T[], size: number, act: (item: T) => Promise<unknown>): Promise<void> {
  for (let from = 0; from < items.length; from += size) await Promise.all(items.slice(from, from + size).map(act));
}

test('lists with a label selector, and as metadata only', async () => {
  const metadata = { namespace, name: 'labelled', labels: { 'esox-test': 'yes' } };
  await cluster.create<ConfigMap>(CONFIG_MAPS, { metadata, data: { large: 'value' } }, { signal });
  await cluster.create(CONFIG_MAPS, configMap(namespace, 'other'), { signal });
  expect(await count(CONFIG_MAPS, { namespace, labelSelector: 'esox-test=yes' })).toEqual(['labelled']);
  const options = { namespace, labelSelector: 'esox-test=yes', view: 'metadata' as const, signal };
  for await (const [object] of cluster.list<ConfigMap>(CONFIG_MAPS, options)) {
    expect(object).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'labelled' } });
    expect(object).not.toHaveProperty('data');
  }
});

test('stays within its namespace when it is limited to one', async () => {
  const other = await kubernetes.createNamespace({ prefix: 'crud' });
  await cluster.create(CONFIG_MAPS, configMap(namespace, 'mine'), { signal });
  await cluster.create(CONFIG_MAPS, configMap(other, 'foreign'), { signal });
  await using limited = await openCluster({ namespace });
  const names: string[] = [];
  for await (const page of limited.cluster.list(CONFIG_MAPS, { signal }))
    names.push(...page.map((item) => item.metadata.name));
  expect(names).toEqual(['mine']);
});

test('requests a token for a service account', async () => {
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'reader' } };
  await kubernetes.client.call({
    method: 'POST',
    path: `/api/v1/namespaces/${namespace}/serviceaccounts`,
    body: account,
  });
  const request = { audiences: ['vault'], expirationSeconds: 600 };
  const { token, expiresAt } = await cluster.serviceAccountToken({ namespace, name: 'reader' }, request, { signal });
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
  expect(claims).toMatchObject({ aud: ['vault'], sub: `system:serviceaccount:${namespace}:reader` });
  expect(expiresAt.getTime()).toBe(claims.exp * 1_000);
  const missing = cluster.serviceAccountToken({ namespace, name: 'nobody' }, request, { signal });
  await expect(missing).rejects.toMatchObject({ code: 'not-found' });
});

test('a kind that is not served is no absent object', async () => {
  const unserved: ResourceType = {
    group: 'unserved.esox.io',
    version: 'v1',
    kind: 'Thing',
    plural: 'things',
    namespaced: true,
  };
  const read = cluster.get(unserved, { namespace, name: 'one' }, { signal });
  await expect(read).rejects.toMatchObject({ code: 'unexpected', status: 404 });
  await expect(read).rejects.toThrow(
    /get things\.unserved\.esox\.io .*Check that Thing of unserved\.esox\.io is served in v1/,
  );
});

test('tells missing rights and bad credentials apart', async () => {
  const { token } = await kubernetes.createUser({ namespace, name: 'nobody' });
  await using weak = await openCluster({ token });
  const read = weak.cluster.get(CONFIG_MAPS, { namespace, name: 'one' }, { signal });
  await expect(read).rejects.toMatchObject({ code: 'forbidden', status: 403 });
  await expect(read).rejects.toThrow(/get configmaps .*\/one: .*cannot get resource "configmaps"/);
  await using unknown = await openCluster({ token: 'not-a-token' });
  const refused = unknown.cluster.get(CONFIG_MAPS, { namespace, name: 'one' }, { signal });
  await expect(refused).rejects.toMatchObject({ code: 'unauthenticated', status: 401 });
});

test('an error about a Secret names fields, and quotes nothing of it', async () => {
  const canary = 'canary-value-of-a-secret';
  const metadata = { namespace, name: 'one', labels: { label: `${canary} is no label value` } };
  const object: Secret = { metadata, data: { 'bad key!': Buffer.from(canary).toString('base64') } };
  const error: unknown = await cluster.create(SECRETS, object, { signal }).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: 'invalid', status: 422 });
  expect(String(error)).toMatch(/create secrets .*: the API server answered 422 Invalid \(fields: .*metadata\.labels/);
  expect(String(error)).not.toContain(canary);
  const garbled = { metadata: { namespace, name: 'two' }, data: { key: `${canary}*` } };
  const second: unknown = await cluster.create(SECRETS, garbled, { signal }).catch((reason: unknown) => reason);
  expect(second).toMatchObject({ code: 'invalid' });
  expect(String(second)).not.toContain(canary);
});

test('an aborted request ends with the reason of its signal', async () => {
  const abort = new AbortController();
  const read = cluster.get(CONFIG_MAPS, { namespace, name: 'one' }, { signal: abort.signal });
  const reason = new Error('enough');
  abort.abort(reason);
  await expect(read).rejects.toBe(reason);
  const late = cluster.get(CONFIG_MAPS, { namespace, name: 'one' }, { signal: abort.signal });
  await expect(late).rejects.toBe(reason);
});

test('counts requests by verb and resource', async () => {
  await using counted = await openCluster();
  await counted.cluster.get(CONFIG_MAPS, { namespace, name: 'missing' }, { signal });
  const object = await counted.cluster.create(CONFIG_MAPS, configMap(namespace, 'one'), { signal });
  await counted.cluster.update(CONFIG_MAPS, object, { signal });
  expect(counted.observed.requests.map(({ verb, resource, status }) => [verb, resource, status])).toEqual([
    ['get', 'configmaps', 404],
    ['create', 'configmaps', 201],
    ['update', 'configmaps', 200],
  ]);
});
