import { expect, test } from 'vitest';
import type { RemoteRef } from '@esox/core';
import { startFaultProxy, testbed } from '@esox/testbed';
import { call, connectWithToken, remoteLogin, seenSecret, storeSecret, unique } from './remote-cluster.fixture.ts';

const cluster = testbed().kubernetes;
const login = await remoteLogin(cluster, ['get', 'update', 'delete']);

async function stored(data: Record<string, string>): Promise<string> {
  const key = unique('remove');
  await storeSecret(cluster, login.namespace, key, { data, labels: { theirs: 'x' } });
  return key;
}

async function remove(...refs: RemoteRef[]): Promise<string[]> {
  await using store = await connectWithToken(cluster, login);
  const outcomes = await store.client.remove(refs, call());
  return outcomes.map((outcome) => (outcome.ok ? 'ok' : outcome.error.code));
}

const seen = async (key: string) => (await seenSecret(cluster, login.namespace, key))?.data;

test('a whole Secret goes, and one that is not there counts as gone', async () => {
  const key = await stored({ a: '1' });
  expect(await remove({ key }, { key: 'never-there' })).toEqual(['ok', 'ok']);
  expect(await seen(key)).toBeUndefined();
  expect(await remove({ key })).toEqual(['ok']);
});

test('of a Secret with more keys only the property goes; with its last one, the Secret goes', async () => {
  const key = await stored({ a: '1', b: '2', c: '3' });
  expect(await remove({ key, property: 'a' }, { key, property: 'absent' })).toEqual(['ok', 'ok']);
  expect(await seenSecret(cluster, login.namespace, key)).toMatchObject({
    data: { b: '2', c: '3' },
    labels: { theirs: 'x' },
  });
  expect(await remove({ key, property: 'b' }, { key, property: 'c' })).toEqual(['ok', 'ok']);
  expect(await seen(key)).toBeUndefined();
});

test('a property that is not there leaves the Secret alone, be it empty', async () => {
  const [key, empty] = [await stored({ a: '1' }), await stored({})];
  expect(await remove({ key, property: 'b' }, { key: empty, property: 'b' }, { key: 'absent', property: 'b' })).toEqual(
    ['ok', 'ok', 'ok'],
  );
  expect([await seen(key), await seen(empty)]).toEqual([{ a: '1' }, {}]);
});

test('a Secret that got another key meanwhile is not deleted with its last one', async () => {
  const key = await stored({ a: '1' });
  await using proxy = await startFaultProxy({ target: cluster.url, caPem: cluster.caPem });
  const path = `/api/v1/namespaces/${login.namespace}/secrets/${key}`;
  // Held up between the read and the deletion, for as long as somebody else needs to write.
  proxy.rule({ match: ({ method }) => method === 'DELETE', times: 1, action: { kind: 'delay', milliseconds: 500 } });
  await using store = await connectWithToken(cluster, login, { proxyUrl: proxy.url });
  const removing = store.client.remove([{ key, property: 'a' }], call());
  await expect.poll(() => proxy.requests.some(({ method }) => method === 'DELETE')).toBe(true);
  const body = { data: { b: 'Mg==' } };
  await cluster.client.call({ method: 'PATCH', path, contentType: 'application/merge-patch+json', body });
  expect((await removing)[0]?.ok).toBe(true);
  expect(await seen(key)).toEqual({ b: '2' });
  expect(proxy.requests.map(({ method }) => method)).toEqual(['GET', 'DELETE', 'GET', 'PUT']);
});

test('names that no Secret has are a mistake, and missing rights are denied', async () => {
  expect(await remove({ key: '../other' })).toEqual(['invalid-ref']);
  const reader = await remoteLogin(cluster, ['get']);
  await storeSecret(cluster, reader.namespace, 'app', { data: { a: '1', b: '2' } });
  await using store = await connectWithToken(cluster, reader);
  for (const ref of [{ key: 'app' }, { key: 'app', property: 'a' }, { key: 'absent' }]) {
    const [outcome] = await store.client.remove([ref], call());
    expect(outcome).toMatchObject({ ok: false, error: { code: 'denied' } });
  }
});

test('exists looks at the Secret, or at the key in it, with one request for each Secret', async () => {
  const own = await remoteLogin(cluster, ['get']);
  await storeSecret(cluster, own.namespace, 'app', { data: { a: '', 'file.png': 'x' } });
  await using store = await connectWithToken(cluster, own);
  const refs: RemoteRef[] = [
    { key: 'app' },
    { key: 'app', property: 'a' },
    { key: 'app', property: 'file.png' },
    { key: 'app', property: 'file' },
    { key: 'app', property: 'toString' },
    { key: 'absent' },
    { key: 'absent', property: 'a' },
  ];
  const outcomes = await store.client.exists(refs, call());
  expect(outcomes.map((outcome) => outcome.ok && outcome.value)).toEqual([
    true,
    true,
    true,
    false,
    false,
    false,
    false,
  ]);
  expect(await cluster.requestCounts({ user: own.user })).toEqual({ 'get secrets': 2 });
  const nobody = await remoteLogin(cluster, ['list']);
  await using denied = await connectWithToken(cluster, nobody);
  expect(await denied.client.exists([{ key: 'absent' }], call())).toMatchObject([{ error: { code: 'denied' } }]);
});
