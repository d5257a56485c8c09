import { beforeAll, expect, test } from 'vitest';
import { startFaultProxy, statusAnswer, testbed } from '@esox/testbed';
import { connectWithToken, remoteLogin, type RemoteLogin, storeSecret } from './remote-cluster.fixture.ts';

const cluster = testbed().kubernetes;

let login: RemoteLogin;
beforeAll(async () => {
  login = await remoteLogin(cluster);
  await storeSecret(cluster, login.namespace, 'db-one', { data: { a: '1' }, labels: { team: 'blue', stage: 'test' } });
  await storeSecret(cluster, login.namespace, 'db-two', { data: { a: '2' }, labels: { team: 'blue' } });
  await storeSecret(cluster, login.namespace, 'web', {
    data: { a: '3' },
    labels: { team: 'red', 'example.com/kind': '' },
  });
});

test.each([
  ['db', ['db-one', 'db-two']],
  ['^db-two$', ['db-two']],
  ['e(b|$)', ['db-one', 'web']],
  ['nothing', []],
])('by name %s', async (name, expected) => {
  await using store = await connectWithToken(cluster, login);
  expect(Object.keys(await store.find({ name })).toSorted()).toEqual(expected);
});

test.each([
  [{ team: 'blue' }, ['db-one', 'db-two']],
  [{ team: 'blue', stage: 'test' }, ['db-one']],
  [{ 'example.com/kind': '' }, ['web']],
  [{ team: 'green' }, []],
  [{}, ['db-one', 'db-two', 'web']],
])('by labels %o', async (tags, expected) => {
  await using store = await connectWithToken(cluster, login);
  expect(Object.keys(await store.find({ tags: tags as Record<string, string> })).toSorted()).toEqual(expected);
});

test('brings the values along, takes labels before a name, and does not look at the path', async () => {
  await using store = await connectWithToken(cluster, login);
  expect(await store.find({ tags: { stage: 'test' }, name: 'web', path: 'nowhere' })).toEqual({ 'db-one': { a: '1' } });
});

test('needs a name or labels', async () => {
  await using store = await connectWithToken(cluster, login);
  await expect(store.find({})).rejects.toMatchObject({ code: 'invalid-ref' });
  await expect(store.find({ name: '(?=x)' })).rejects.toMatchObject({ code: 'invalid-ref' });
});

test.each([
  { 'team,stage': 'x' },
  { team: 'blue,stage=test' },
  { team: 'blue)' },
  { team: '!' },
  { '': 'x' },
  { 'a/b/c': 'x' },
  { 'Upper.example/x': 'x' },
  { '/x': 'x' },
  { team: 'x'.repeat(64) },
])('labels that there cannot be are a mistake in the entry: %o', async (tags) => {
  await using store = await connectWithToken(cluster, login);
  await expect(store.find({ tags: tags as unknown as Record<string, string> })).rejects.toMatchObject({
    code: 'invalid-ref',
  });
});

test('a long list is read in pages, all of them', async () => {
  const own = await remoteLogin(cluster);
  const names = Array.from({ length: 120 }, (_, index) => `s-${String(index).padStart(3, '0')}`);
  for (const name of names) await storeSecret(cluster, own.namespace, name, { data: { name } });
  await using store = await connectWithToken(cluster, own);
  const found = await store.find({ name: '^s-' });
  expect(Object.keys(found)).toEqual(names);
  expect(Object.values(found)).toEqual(names.map((name) => ({ name })));
  expect(await cluster.requestCounts({ user: own.user })).toEqual({ 'list secrets': 3 });

  await using proxy = await startFaultProxy({ target: cluster.url, caPem: cluster.caPem });
  await using broken = await connectWithToken(cluster, own, { proxyUrl: proxy.url });
  for (const [action, code] of [
    [statusAnswer(410, 'Expired'), 'unavailable'],
    [statusAnswer(403, 'Forbidden'), 'denied'],
    [{ kind: 'cut', afterBytes: 100 } as const, 'unavailable'],
    [{ kind: 'answer', status: 200, body: { kind: 'Status' } } as const, 'unavailable'],
  ] as const) {
    const rule = proxy.rule({ match: ({ query }) => query.has('continue'), action });
    await expect(broken.find({ name: '^s-' })).rejects.toMatchObject({ code });
    rule.remove();
  }
});

test('a listing that is not allowed is an error, not an empty one', async () => {
  const own = await remoteLogin(cluster, ['get']);
  await storeSecret(cluster, own.namespace, 'app', { data: { a: 'b' } });
  await using store = await connectWithToken(cluster, own);
  await expect(store.find({ name: 'app' })).rejects.toMatchObject({
    code: 'denied',
    message: expect.stringContaining('may not list secrets'),
  });
});
