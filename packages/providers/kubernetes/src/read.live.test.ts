import { beforeAll, expect, test } from 'vitest';
import { Sealed } from '@esox/core';
import { testbed } from '@esox/testbed';
import {
  call,
  connectTo,
  connectWithToken,
  remoteLogin,
  type RemoteLogin,
  storeSecret,
  tokenStore,
} from './remote-cluster.fixture.ts';

const cluster = testbed().kubernetes;
const bytes = new Uint8Array([0, 255, 254, 128]);
const namespacesToo = [{ apiGroups: [''], resources: ['namespaces'], verbs: ['get'] }];

let login: RemoteLogin;
beforeAll(async () => {
  login = await remoteLogin(cluster, ['get']);
  await storeSecret(cluster, login.namespace, 'app', {
    data: { user: 'app', 'file.png': bytes, markup: '<a href="x">&</a>' },
    labels: { team: 'blue', 'app.kubernetes.io/name': 'db' },
    annotations: { note: '<b> & "quotes"' },
  });
  await storeSecret(cluster, login.namespace, 'bare', { data: {} });
});

test('reads the data of a Secret, bytes as they are', async () => {
  await using store = await connectWithToken(cluster, login);
  const [outcome] = await store.client.read([{ key: 'app' }], call());
  const content = outcome?.ok ? outcome.value.content : undefined;
  const fields = content instanceof Map ? content : new Map<string, Sealed>();
  expect([...fields.keys()].toSorted()).toEqual(['file.png', 'markup', 'user']);
  expect(fields.get('file.png')?.open()).toEqual(bytes);
  expect(fields.get('markup')?.openText()).toBe('<a href="x">&</a>');
});

test('metadata are labels and annotations, not escaped for HTML; null where there are none', async () => {
  await using store = await connectWithToken(cluster, login);
  expect(await store.read({ key: 'app', metadata: true })).toBe(
    '{"annotations":{"note":"<b> & \\"quotes\\""},"labels":{"app.kubernetes.io/name":"db","team":"blue"}}',
  );
  expect(await store.read({ key: 'bare', metadata: true })).toBe('{"annotations":null,"labels":null}');
});

test('a Secret without data is there, and empty', async () => {
  await using store = await connectWithToken(cluster, login);
  expect(await store.read({ key: 'bare' })).toEqual({});
});

test('a batch asks for each Secret once, whatever is wanted of it', async () => {
  const own = await remoteLogin(cluster, ['get']);
  for (const name of ['one', 'two']) await storeSecret(cluster, own.namespace, name, { data: { name } });
  await using store = await connectWithToken(cluster, own);
  const refs = [
    { key: 'one' },
    { key: 'two' },
    { key: 'one', metadata: true },
    { key: 'one', version: '7' },
    { key: 'gone' },
    { key: 'one' },
    { key: 'gone', metadata: true },
  ];
  const outcomes = await store.client.read(refs, call());
  expect(outcomes.map((outcome) => (outcome.ok ? 'ok' : outcome.error.code))).toEqual([
    'ok',
    'ok',
    'ok',
    'ok',
    'not-found',
    'ok',
    'not-found',
  ]);
  // Three Secrets, and once the namespace, before the first of them counts as absent.
  expect(await cluster.requestCounts({ user: own.user })).toEqual({ 'get secrets': 3, 'get namespaces': 1 });
});

test('the change token follows the values alone, and metadata have one of their own', async () => {
  const { namespace } = login;
  await storeSecret(cluster, namespace, 'token', { data: { a: 'b' }, labels: { x: '1' } });
  await using store = await connectWithToken(cluster, login);
  const versions = async (): Promise<unknown[]> => {
    const outcomes = await store.client.read([{ key: 'token' }, { key: 'token', metadata: true }], call());
    return outcomes.map((outcome) => outcome.ok && outcome.value.version);
  };
  const before = await versions();
  const path = `/api/v1/namespaces/${namespace}/secrets/token`;
  const contentType = 'application/merge-patch+json';
  await cluster.client.call({ method: 'PATCH', path, contentType, body: { metadata: { labels: { x: '2' } } } });
  const relabelled = await versions();
  expect(relabelled[0]).toBe(before[0]);
  expect(relabelled[1]).not.toBe(before[1]);
  await cluster.client.call({ method: 'PATCH', path, contentType, body: { data: { a: 'Yw==' } } });
  const changed = await versions();
  expect(changed[0]).not.toBe(before[0]);
  expect(changed[1]).toBe(relabelled[1]);
});

test.each(['', 'Upper', 'a/b', '../other', '..', 'a b', 'a'.repeat(254), '-a', 'a?x=y', 'ä'])(
  'key %j is a mistake in the entry, and no request',
  async (key) => {
    const own = await remoteLogin(cluster, ['get']);
    await using store = await connectWithToken(cluster, own);
    expect(await store.read({ key })).toBe('invalid-ref');
    expect(await cluster.requestCounts({ user: own.user })).toEqual({});
  },
);

test('a namespace that does not exist is a mistake in the store, never an absence', async () => {
  const everywhere = [{ apiGroups: [''], resources: ['secrets'], verbs: ['get', 'list'] }, ...namespacesToo];
  const own = await remoteLogin(cluster, [], { clusterRules: everywhere });
  const secrets = { remote: { token: own.token } };
  const settings = { ...tokenStore(cluster, own), remoteNamespace: `${own.namespace}-typo` };
  await using store = await connectTo(settings, { secrets });
  const [outcome] = await store.client.read([{ key: 'app' }], call());
  expect(outcome).toMatchObject({
    ok: false,
    error: { code: 'invalid-config', message: expect.stringContaining('remoteNamespace') },
  });
  await expect(store.find({ name: '.*' })).rejects.toMatchObject({ code: 'invalid-config' });
  await expect(store.find({ tags: { a: 'b' } })).rejects.toMatchObject({ code: 'invalid-config' });
});

test('the namespace is asked for once in the life of a client, also where that is not allowed', async () => {
  for (const more of [{}, { clusterRules: namespacesToo }]) {
    const own = await remoteLogin(cluster, ['get', 'list'], more);
    await using store = await connectWithToken(cluster, own);
    for (const key of ['a', 'b', 'c']) expect(await store.read({ key })).toBe('not-found');
    expect(await store.find({ name: '.*' })).toEqual({});
    expect(await cluster.requestCounts({ user: own.user })).toEqual({
      'get secrets': 3,
      'list secrets': 1,
      'get namespaces': 1,
    });
  }
});

test('without the right to get Secrets, absent and present ones are denied alike', async () => {
  const own = await remoteLogin(cluster, ['list']);
  await storeSecret(cluster, own.namespace, 'app', { data: { a: 'b' } });
  await using store = await connectWithToken(cluster, own);
  expect(await store.read({ key: 'app' })).toBe('denied');
  expect(await store.read({ key: 'absent' })).toBe('denied');
  expect(await store.find({ name: 'app' })).toEqual({ app: { a: 'b' } });
});

test('a right to one Secret by its name is enough to read it', async () => {
  const rules = [{ apiGroups: [''], resources: ['secrets'], verbs: ['get'], resourceNames: ['mine'] }];
  const own = await remoteLogin(cluster, [], { rules });
  for (const name of ['mine', 'other']) await storeSecret(cluster, own.namespace, name, { data: { name } });
  await using store = await connectWithToken(cluster, own);
  expect(await store.read({ key: 'mine' })).toEqual({ name: 'mine' });
  expect(await store.read({ key: 'other' })).toBe('denied');
});
