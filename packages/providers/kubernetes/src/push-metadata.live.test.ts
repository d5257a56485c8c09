import { expect, test } from 'vitest';
import { testbed } from '@esox/testbed';
import {
  call,
  connectTo,
  connectWithToken,
  remoteLogin,
  seenSecret,
  source,
  storeSecret,
  tokenStore,
  unique,
} from './remote-cluster.fixture.ts';

const cluster = testbed().kubernetes;
const login = await remoteLogin(cluster, ['get', 'create', 'update', 'delete']);

const target = { labels: { theirs: 't', both: 't' }, annotations: { theirs: 't', both: 't' } };
const local = { labels: { ours: 's', both: 's' }, annotations: { ours: 's', both: 's' } };
const spec = { labels: { spec: 'm', both: 'm' }, annotations: { spec: 'm', both: 'm' } };

// For each source and target policy: what labels and annotations come to, of target, source and metadata.
test.each([
  [undefined, { theirs: 't', ours: 's', both: 's' }],
  [spec, { theirs: 't', ours: 's', spec: 'm', both: 'm' }],
  [
    { ...spec, sourceMergePolicy: 'Merge', targetMergePolicy: 'Merge' },
    { theirs: 't', ours: 's', spec: 'm', both: 'm' },
  ],
  [
    { ...spec, targetMergePolicy: 'Replace' },
    { ours: 's', spec: 'm', both: 'm' },
  ],
  [
    { ...spec, targetMergePolicy: 'Ignore' },
    { theirs: 't', both: 't' },
  ],
  [
    { ...spec, sourceMergePolicy: 'Replace' },
    { theirs: 't', spec: 'm', both: 'm' },
  ],
  [
    { ...spec, sourceMergePolicy: 'Replace', targetMergePolicy: 'Replace' },
    { spec: 'm', both: 'm' },
  ],
  [{ sourceMergePolicy: 'Replace', targetMergePolicy: 'Replace' }, {}],
])('labels and annotations under %o', async (metadata, expected) => {
  const key = unique('metadata');
  await storeSecret(cluster, login.namespace, key, { data: { a: '1' }, ...target });
  await using store = await connectWithToken(cluster, login);
  expect(await store.push({ key, source: source({ a: '1' }, local), metadata })).toBe('ok');
  const seen = await seenSecret(cluster, login.namespace, key);
  expect(seen).toMatchObject({ data: { a: '1' } });
  expect(seen?.labels).toEqual(expected);
  expect(seen?.annotations).toEqual(expected);
});

test('a new Secret gets what source and metadata bring', async () => {
  const key = unique('metadata');
  await using store = await connectWithToken(cluster, login);
  expect(await store.push({ key, property: 'a', value: '1', source: source({}, local), metadata: spec })).toBe('ok');
  const seen = await seenSecret(cluster, login.namespace, key);
  expect(seen?.labels).toEqual({ ours: 's', spec: 'm', both: 'm' });
});

test('the copy of all values that kubectl apply keeps in an annotation stays at home', async () => {
  const key = unique('metadata');
  const annotations = {
    'kubectl.kubernetes.io/last-applied-configuration': '{"data":{"other":"Y2FuYXJ5"}}',
    kept: 'x',
  };
  await using store = await connectWithToken(cluster, login);
  const one = source({ a: '1', other: 'canary' }, { secretKey: 'a', annotations });
  expect(await store.push({ key, property: 'a', value: '1', source: one })).toBe('ok');
  expect((await seenSecret(cluster, login.namespace, key))?.annotations).toEqual({ kept: 'x' });
});

test('metadata that cannot be fail before anything is asked for', async () => {
  const own = await remoteLogin(cluster);
  await using store = await connectWithToken(cluster, own);
  for (const metadata of [{ unknown: 1 }, { sourceMergePolicy: 'x' }, 'text', { remoteNamespace: 'other' }]) {
    expect(await store.push({ key: 'app', source: source({ a: '1' }), metadata })).toBe('invalid-ref');
  }
  expect(await cluster.requestCounts({ user: own.user })).toEqual({});
});

test('a cluster store pushes into the namespace that the entry names; remove and exists stay in the store’s', async () => {
  const other = await cluster.createNamespace({ prefix: 'other' });
  const rights = [{ apiGroups: [''], resources: ['secrets'], verbs: ['get', 'create', 'update', 'delete'] }];
  const own = await remoteLogin(cluster, [], { clusterRules: rights });
  const store = { kind: 'ClusterSecretStore', namespace: undefined, consumerNamespace: 'team' } as const;
  await using client = await connectTo(tokenStore(cluster, own), { store, secrets: { remote: { token: own.token } } });
  const metadata = { remoteNamespace: other };
  expect(await client.push({ key: 'app', source: source({ a: '1' }), metadata })).toBe('ok');
  expect((await seenSecret(cluster, other, 'app'))?.data).toEqual({ a: '1' });
  expect(await seenSecret(cluster, own.namespace, 'app')).toBeUndefined();
  expect(await client.client.exists([{ key: 'app' }], call())).toEqual([{ ok: true, value: false }]);
  expect((await client.client.remove([{ key: 'app' }], call()))[0]?.ok).toBe(true);
  expect((await seenSecret(cluster, other, 'app'))?.data).toEqual({ a: '1' });

  expect(await client.push({ key: 'app', source: source({}), metadata: { remoteNamespace: unique('none') } })).toBe(
    'invalid-config',
  );
});
