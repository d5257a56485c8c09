import { expect, test } from 'vitest';
import { type Outcome, Sealed } from '@esox/core';
import { startFaultProxy, testbed } from '@esox/testbed';
import { call, connectAsRoot, putRaw, type TestClient, tokenFor, unique } from './vault-store.fixture.ts';

const { vault } = testbed();
const version1 = { path: 'kv1', version: 'v1' } as const;

async function write(store: TestClient, key: string, value: string | Uint8Array, property?: string): Promise<string> {
  const sealed = typeof value === 'string' ? Sealed.text(value) : Sealed.of(value);
  return codeOf((await store.client.write([{ key, value: sealed, property }], call()))[0]);
}

async function remove(store: TestClient, key: string, property?: string): Promise<string> {
  return codeOf((await store.client.remove([{ key, property }], call()))[0]);
}

async function exists(store: TestClient, key: string, property?: string): Promise<unknown> {
  const [outcome] = await store.client.exists([{ key, property }], call());
  return outcome?.ok ? outcome.value : codeOf(outcome);
}

const codeOf = (outcome: Outcome<unknown> | undefined): string =>
  outcome?.ok ? 'ok' : (outcome?.error.code ?? 'nothing');

const data = async (path: string): Promise<unknown> => (await vault.read(path)).data?.['data'];
const metadata = async (key: string) => (await vault.read(`secret/metadata/${key}`)).data ?? {};
const status = async (path: string): Promise<number> => (await vault.request('GET', path)).status;

test('a whole secret: a JSON object, marked in its custom metadata, which it replaces', async () => {
  await using store = await connectAsRoot(vault);
  const key = unique('push');
  expect(await write(store, key, '{"user":"app","deep":{"list":[1,true,null,"<&>"]}}')).toBe('ok');
  expect(await data(`secret/data/${key}`)).toEqual({ user: 'app', deep: { list: [1, true, null, '<&>'] } });
  expect((await metadata(key))['custom_metadata']).toEqual({ 'managed-by': 'external-secrets' });

  const more = { 'managed-by': 'external-secrets', team: 'blue' };
  await vault.write(`secret/metadata/${key}`, { custom_metadata: more });
  expect(await write(store, key, '{"user":"other"}')).toBe('ok');
  expect(await data(`secret/data/${key}`)).toEqual({ user: 'other' });
  expect((await metadata(key))['custom_metadata']).toEqual({ 'managed-by': 'external-secrets' });
});

test('on v1 the mark is a member of the secret, and no push can take its place', async () => {
  await using store = await connectAsRoot(vault, version1);
  const key = unique('push');
  expect(await write(store, key, '{"big":12345678901234567890,"price":1.10}')).toBe('ok');
  expect(await store.read({ key })).toBe(
    '{"big":12345678901234567890,"custom_metadata":{"managed-by":"external-secrets"},"price":1.10}',
  );
  expect(await write(store, key, 'text', 'custom_metadata')).toBe('invalid-ref');
  expect(await write(store, key, '{"custom_metadata":{"managed-by":"me"}}')).toBe('invalid-ref');
});

test('on v1 without path in the store, keys begin with the engine', async () => {
  await using store = await connectAsRoot(vault, { version: 'v1', path: undefined });
  const key = unique('push');
  expect(await write(store, `kv1/${key}`, 'b', 'a')).toBe('ok');
  expect(await store.read({ key: `kv1/${key}` })).toBe('{"a":"b","custom_metadata":{"managed-by":"external-secrets"}}');
});

test('equal values are not written again: nested ones, numbers in other digits, properties', async () => {
  await using store = await connectAsRoot(vault);
  const key = unique('push');
  for (const text of ['{"a":{"b":[1.10,2,{"c":null}]},"d":"e"}', '{"d":"e","a":{"b":[1.1,2.0,{"c":null}]}}']) {
    expect(await write(store, key, text)).toBe('ok');
  }
  expect(await write(store, key, 'e', 'd')).toBe('ok');
  expect((await metadata(key))['current_version']).toBe(1);
  expect(await write(store, key, '{"a":{"b":[1.2,2,{"c":null}]},"d":"e"}')).toBe('ok');
  expect((await metadata(key))['current_version']).toBe(2);
});

test('on v1 numbers that differ in their digits alone are written', async () => {
  await using store = await connectAsRoot(vault, version1);
  const key = unique('push');
  await write(store, key, '{"n":12345678901234567890}');
  expect(await write(store, key, '{"n":12345678901234567891}')).toBe('ok');
  expect(await store.read({ key })).toContain('"n":12345678901234567891');
});

test('a property: added to the others, refused over what is not a text, written over null', async () => {
  await using store = await connectAsRoot(vault);
  const key = unique('push');
  expect(await write(store, key, '{"object":{"a":1},"number":42,"nothing":null,"text":"old"}')).toBe('ok');
  expect(await write(store, key, 'new', 'text')).toBe('ok');
  expect(await write(store, key, 'x', 'object')).toBe('conflict');
  expect(await write(store, key, 'x', 'number')).toBe('conflict');
  expect(await exists(store, key, 'nothing')).toBe(false);
  expect(await write(store, key, 'x', 'nothing')).toBe('ok');
  expect(await write(store, key, 'dots', 'object.a')).toBe('ok');
  const expected = { object: { a: 1 }, number: 42, nothing: 'x', text: 'new', 'object.a': 'dots' };
  expect(await data(`secret/data/${key}`)).toEqual(expected);
  expect(await exists(store, key, 'object.a')).toBe(true);
});

test('what cannot be stored is refused, without a word of it', async () => {
  await using store = await connectAsRoot(vault);
  const key = unique('push');
  const notJson = [{ key, value: Sealed.text('{"canary-4711') }];
  for (const value of ['canary-4711', '["canary-4711"]', '"canary-4711"', 'null', '']) {
    expect(await write(store, key, value)).toBe('invalid-ref');
  }
  expect(await write(store, key, Uint8Array.of(0xff, 0xfe), 'bytes')).toBe('invalid-ref');
  const [outcome] = await store.client.write(notJson, call());
  expect(outcome).toMatchObject({ ok: false, error: { code: 'invalid-ref' } });
  expect(outcome?.ok === false && outcome.error.message).not.toContain('4711');
  expect(await status(`secret/metadata/${key}`)).toBe(404);
});

test('what others made is neither written nor removed, also when its current version is deleted', async () => {
  await using store = await connectAsRoot(vault);
  for (const customMetadata of [{}, { 'managed-by': 'somebody' }]) {
    const key = unique('theirs');
    await vault.write(`secret/data/${key}`, { data: { a: 'theirs' } });
    await vault.write(`secret/metadata/${key}`, { custom_metadata: customMetadata });
    expect(await write(store, key, '{"a":"ours"}')).toBe('conflict');
    expect(await write(store, key, 'ours', 'a')).toBe('conflict');
    expect(await remove(store, key)).toBe('ok');
    expect(await remove(store, key, 'a')).toBe('ok');
    expect(await data(`secret/data/${key}`)).toEqual({ a: 'theirs' });
    await vault.request('DELETE', `secret/data/${key}`);
    expect(await write(store, key, '{"a":"ours"}')).toBe('conflict');
    expect((await metadata(key))['current_version']).toBe(1);
  }
  await using first = await connectAsRoot(vault, version1);
  const key = unique('theirs');
  await putRaw(vault, `kv1/${key}`, '{"a":"theirs"}');
  expect(await write(first, key, '{"a":"ours"}')).toBe('conflict');
  expect(await remove(first, key)).toBe('ok');
  expect(await first.read({ key })).toBe('{"a":"theirs"}');
});

test('a key that repeats the path of the engine has one place for value and mark; a misplaced mark is honoured', async () => {
  await using store = await connectAsRoot(vault);
  const fresh = unique('push');
  expect(await write(store, `secret/${fresh}`, '{"a":"b"}')).toBe('ok');
  expect((await metadata(fresh))['custom_metadata']).toEqual({ 'managed-by': 'external-secrets' });
  expect(await status(`secret/metadata/secret/${fresh}`)).toBe(404);

  const old = unique('push');
  await vault.write(`secret/data/${old}`, { data: { a: 'b' } });
  await vault.write(`secret/metadata/secret/${old}`, { custom_metadata: { 'managed-by': 'external-secrets' } });
  expect(await write(store, old, '{"a":"c"}')).toBe('conflict');
  expect(await write(store, `secret/${old}`, '{"a":"c"}')).toBe('ok');
  expect((await metadata(old))['custom_metadata']).toEqual({ 'managed-by': 'external-secrets' });
  expect(await remove(store, `secret/${old}`)).toBe('ok');
  expect(await status(`secret/metadata/${old}`)).toBe(404);
  expect(await status(`secret/metadata/secret/${old}`)).toBe(404);
});

test('removal: the last property takes the secret with it; absent counts as removed', async () => {
  for (const [settings, path] of [
    [{}, 'secret/metadata'],
    [version1, 'kv1'],
  ] as const) {
    await using store = await connectAsRoot(vault, settings);
    const key = unique('remove');
    await write(store, key, '{"a":"1","b":"2"}');
    expect(await remove(store, key, 'a')).toBe('ok');
    expect(await exists(store, key, 'a')).toBe(false);
    expect(await exists(store, key, 'b')).toBe(true);
    expect(await remove(store, key, 'b')).toBe('ok');
    expect(await status(`${path}/${key}`)).toBe(404);
    expect(await remove(store, key)).toBe('ok');
    expect(await remove(store, key, 'a')).toBe('ok');
  }
});

test('all versions go with a removed secret, a deleted current one included', async () => {
  await using store = await connectAsRoot(vault);
  const key = unique('remove');
  await write(store, key, '{"a":"1"}');
  await write(store, key, '{"a":"2"}');
  await vault.request('DELETE', `secret/data/${key}`);
  expect(await exists(store, key)).toBe(false);
  expect(await remove(store, key)).toBe('ok');
  expect(await status(`secret/metadata/${key}`)).toBe(404);
});

test('the removal of a property leaves a secret whose current version is deleted: it can still be undeleted', async () => {
  await using store = await connectAsRoot(vault);
  const key = unique('remove');
  await write(store, key, '{"a":"1","b":"2"}');
  await vault.request('DELETE', `secret/data/${key}`);
  expect(await remove(store, key, 'a')).toBe('ok');
  await vault.write(`secret/undelete/${key}`, { versions: [1] });
  expect(await data(`secret/data/${key}`)).toEqual({ a: '1', b: '2' });
});

test('a store that names no engine, or one of the other version, pushes nothing', async () => {
  const key = unique('push');
  for (const settings of [{ path: 'no-such-engine' }, { path: 'kv1' }, { version: 'v1' }] as const) {
    await using store = await connectAsRoot(vault, settings);
    expect(await write(store, key, '{"a":"b"}')).toBe('invalid-config');
    expect(await remove(store, key)).toBe('invalid-config');
    expect(await exists(store, key)).toBe('invalid-config');
  }
  expect(await status(`kv1/data/${key}`)).toBe(404);
});

test('a push of what is there already asks and does not write', async () => {
  await using proxy = await startFaultProxy({ target: vault.url });
  await using store = await connectAsRoot({ url: proxy.url, rootToken: vault.rootToken });
  const key = unique('push');
  await write(store, key, '{"a":"b"}');
  proxy.reset();
  expect(await write(store, key, '{"a":"b"}')).toBe('ok');
  expect(proxy.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
    `GET /v1/secret/metadata/${key}`,
    `GET /v1/secret/data/${key}`,
  ]);
});

test('rights: without those on metadata nothing is pushed, and the error says where', async () => {
  const folder = unique('rights');
  const rights = 'capabilities = ["create", "read", "update", "delete"]';
  const token = await tokenFor(vault, `path "secret/data/${folder}/*" { ${rights} }`);
  await using store = await connectAsRoot(vault, {}, { secrets: { 'vault-token': { token } } });
  const items = [{ key: `${folder}/app`, value: Sealed.text('{"a":"b"}') }];
  const [outcome] = await store.client.write(items, call());
  expect(outcome).toMatchObject({
    error: { code: 'denied', message: expect.stringContaining(`secret/metadata/${folder}/app`) },
  });
  expect(await status(`secret/data/${folder}/app`)).toBe(404);
});
