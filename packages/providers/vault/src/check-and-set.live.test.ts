import { beforeAll, expect, test } from 'vitest';
import { type Outcome, Sealed } from '@esox/core';
import { startFaultProxy, testbed, waitUntil } from '@esox/testbed';
import { call, connectAsRoot, type TestClient, tokenFor, unique } from './vault-store.fixture.ts';

const { vault } = testbed();
/** An engine that takes check-and-set writes only. */
const engine = unique('cas');
const strict = { path: engine, checkAndSet: { required: true } };

beforeAll(async () => {
  await vault.write(`sys/mounts/${engine}`, { type: 'kv', options: { version: '2' } });
  await waitUntil(async () => (await vault.request('PUT', `${engine}/config`, { cas_required: true })).status < 300, {
    what: 'the new engine takes requests',
    deadlineMs: 20_000,
  });
});

async function write(store: TestClient, key: string, value: string, property?: string): Promise<Outcome<void>> {
  const [outcome] = await store.client.write([{ key, value: Sealed.text(value), property }], call());
  if (!outcome) throw new Error('no outcome');
  return outcome;
}

const version = async (key: string): Promise<unknown> =>
  (await vault.read(`${engine}/metadata/${key}`)).data?.['current_version'];

test('new, changed, by property, and after the current version was deleted', async () => {
  await using store = await connectAsRoot(vault, strict);
  const key = unique('push');
  expect(await write(store, key, '{"a":"1"}')).toMatchObject({ ok: true });
  expect(await write(store, key, '{"a":"2"}')).toMatchObject({ ok: true });
  expect(await write(store, key, '3', 'b')).toMatchObject({ ok: true });
  const [removed] = await store.client.remove([{ key, property: 'a' }], call());
  expect(removed).toMatchObject({ ok: true });
  expect(await version(key)).toBe(4);
  await vault.request('DELETE', `${engine}/data/${key}`);
  expect(await write(store, key, '{"a":"4"}')).toMatchObject({ ok: true });
  expect(await version(key)).toBe(5);
  expect(await store.read({ key })).toBe('{"a":"4"}');
});

test('an engine that wants check-and-set, and a store that does not: an error that says so, and nothing left behind', async () => {
  await using store = await connectAsRoot(vault, { path: engine });
  const key = unique('push');
  expect(await write(store, key, '{"a":"1"}')).toMatchObject({
    ok: false,
    error: { code: 'invalid-config', message: expect.stringContaining('checkAndSet.required') },
  });
  expect((await vault.request('GET', `${engine}/metadata/${key}`)).status).toBe(404);
});

test('where the mark cannot be taken off a secret that was refused, the error is still that of the refusal', async () => {
  const folder = unique('rights');
  const token = await tokenFor(vault, `path "${engine}/+/${folder}/*" { capabilities = ["create", "read", "update"] }`);
  await using store = await connectAsRoot(vault, { path: engine }, { secrets: { 'vault-token': { token } } });
  expect(await write(store, `${folder}/app`, '{"a":"1"}')).toMatchObject({
    ok: false,
    error: { code: 'invalid-config', message: expect.stringContaining('checkAndSet.required') },
  });
});

test('a secret that somebody else makes meanwhile stays theirs', async () => {
  await using proxy = await startFaultProxy({ target: vault.url });
  await using store = await connectAsRoot({ url: proxy.url, rootToken: vault.rootToken }, strict);
  const key = unique('push');
  proxy.rule({
    match: ({ method, path }) => method === 'PUT' && path === `/v1/${engine}/data/${key}`,
    action: { kind: 'delay', milliseconds: 500 },
  });
  const writing = write(store, key, '{"a":"ours"}');
  await waitUntil(() => proxy.requests.some(({ path, method }) => method === 'PUT' && path.includes('/data/')), {
    what: 'the push writes',
    deadlineMs: 10_000,
  });
  await vault.write(`${engine}/data/${key}`, { data: { a: 'theirs' }, options: { cas: 0 } });
  expect(await writing).toMatchObject({ ok: false, error: { code: 'conflict' } });
  expect(await store.read({ key })).toBe('{"a":"theirs"}');
  expect((await vault.read(`${engine}/metadata/${key}`)).data?.['custom_metadata'] ?? {}).toEqual({});
});

test('an answer that is lost: the retry meets its own write, and the push has worked', async () => {
  await using proxy = await startFaultProxy({ target: vault.url });
  const access = { url: proxy.url, rootToken: vault.rootToken };
  const retry = { maxRetries: 2, intervalMs: 10 };
  const secrets = { 'vault-token': { token: vault.rootToken } };
  await using store = await connectAsRoot(access, strict, { secrets, store: { retry } });
  const key = unique('push');
  proxy.rule({
    match: ({ method, path }) => method === 'PUT' && path === `/v1/${engine}/data/${key}`,
    times: 1,
    action: { kind: 'lose-answer' },
  });
  expect(await write(store, key, '{"a":"1"}')).toMatchObject({ ok: true });
  expect(await version(key)).toBe(1);
  expect((await vault.read(`${engine}/metadata/${key}`)).data?.['custom_metadata']).toEqual({
    'managed-by': 'external-secrets',
  });
});
