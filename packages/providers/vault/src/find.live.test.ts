import { beforeAll, expect, test } from 'vitest';
import { startFaultProxy, testbed } from '@esox/testbed';
import { connectAsRoot, tokenFor, unique } from './vault-store.fixture.ts';

const { vault } = testbed();
const folder = unique('find');
const version1 = { path: 'kv1', version: 'v1' } as const;

const secrets: Record<string, Record<string, string> | undefined> = {
  one: { team: 'blue', stage: 'test' },
  'nested/two': { team: 'blue' },
  'nested/deep/three': { team: 'red' },
  'nested/a&b c%': undefined,
};

beforeAll(async () => {
  for (const [name, tags] of Object.entries(secrets)) {
    const path = `${folder}/${name}`.split('/').map(encodeURIComponent).join('/');
    await vault.write(`secret/data/${path}`, { data: { name } });
    await vault.write(`kv1/${path}`, { name });
    if (tags) await vault.write(`secret/metadata/${path}`, { custom_metadata: tags });
  }
  await vault.write(`secret/data/${folder}/gone`, { data: { a: 'b' } });
  await vault.write(`secret/metadata/${folder}/gone`, { custom_metadata: { team: 'blue' } });
  await vault.request('DELETE', `secret/data/${folder}/gone`);
});

function expected(...names: string[]): Record<string, string> {
  const document = (name: string): string => JSON.stringify({ name }).replaceAll('&', '\\u0026');
  return Object.fromEntries(names.map((name) => [`${folder}/${name}`, document(name)]));
}

const all = ['one', 'nested/two', 'nested/deep/three', 'nested/a&b c%'];

test('finds by name below a folder; keys keep the folder; deleted secrets are left out', async () => {
  await using store = await connectAsRoot(vault);
  expect(await store.find({ path: folder, name: '.*' })).toEqual(expected(...all));
  expect(await store.find({ path: `${folder}/`, name: '(two|three)$' })).toEqual(
    expected('nested/two', 'nested/deep/three'),
  );
  expect(await store.find({ path: `${folder}/nested`, name: 'e' })).toEqual(
    expected('nested/two', 'nested/deep/three', 'nested/a&b c%'),
  );
  expect(await store.find({ path: folder, name: 'nothing-like-it' })).toEqual({});
});

test('finds from the root of the engine', async () => {
  await using store = await connectAsRoot(vault);
  expect(await store.find({ name: `^${folder}/` })).toEqual(expected(...all));
});

test('finds by tags, all of which must be there; no tags match everything; a name wins over tags', async () => {
  await using store = await connectAsRoot(vault);
  expect(await store.find({ path: folder, tags: { team: 'blue' } })).toEqual(expected('one', 'nested/two'));
  expect(await store.find({ path: folder, tags: { team: 'blue', stage: 'test' } })).toEqual(expected('one'));
  expect(await store.find({ path: folder, tags: { constructor: 'x' } })).toEqual({});
  expect(await store.find({ path: folder, tags: {} })).toEqual(expected(...all));
  expect(await store.find({ path: folder, name: 'one$', tags: { team: 'red' } })).toEqual(expected('one'));
});

test('finds on v1, by name only', async () => {
  await using store = await connectAsRoot(vault, version1);
  expect(await store.find({ path: folder, name: '.' })).toEqual(expected(...all));
  await expect(store.find({ path: folder, tags: { team: 'blue' } })).rejects.toMatchObject({ code: 'not-supported' });
});

test('without path in the store, find.path begins with the engine', async () => {
  await using store = await connectAsRoot(vault, { path: undefined });
  const found = await store.find({ path: `secret/data/${folder}`, name: 'one' });
  expect(found).toEqual({ [`secret/data/${folder}/one`]: '{"name":"one"}' });
  await expect(store.find({ name: '.' })).rejects.toMatchObject({ code: 'invalid-config' });
});

test('a folder that does not exist is absent; a wrong engine is a mistake in the store', async () => {
  await using store = await connectAsRoot(vault);
  await expect(store.find({ path: `${folder}/none`, name: '.' })).rejects.toMatchObject({ code: 'not-found' });
  await using wrongEngine = await connectAsRoot(vault, { path: 'no-such-engine' });
  await expect(wrongEngine.find({ name: '.' })).rejects.toMatchObject({ code: 'invalid-config' });
  await using wrongVersion = await connectAsRoot(vault, { path: 'kv1' });
  await expect(wrongVersion.find({ path: folder, name: '.' })).rejects.toMatchObject({ code: 'invalid-config' });
  await using otherVersion = await connectAsRoot(vault, { version: 'v1' });
  await expect(otherVersion.find({ path: folder, name: '.' })).rejects.toMatchObject({ code: 'invalid-config' });
});

test('is complete or fails: a secret whose tags may not be read, or a folder that may not be listed, ends the search', async () => {
  const policies = [
    `path "secret/metadata/${folder}" { capabilities = ["list"] }
     path "secret/metadata/${folder}/*" { capabilities = ["list"] }
     path "secret/metadata/${folder}/one" { capabilities = ["read"] }`,
    `path "secret/metadata/${folder}" { capabilities = ["list"] }
     path "secret/metadata/${folder}/one" { capabilities = ["read"] }`,
  ];
  for (const policy of policies) {
    const token = await tokenFor(vault, policy);
    await using store = await connectAsRoot(vault, {}, { secrets: { 'vault-token': { token } } });
    await expect(store.find({ path: folder, tags: { team: 'blue' } })).rejects.toMatchObject({ code: 'denied' });
  }
});

test('a listing that breaks off midway fails the search', async () => {
  await using proxy = await startFaultProxy({ target: vault.url });
  proxy.rule({
    match: ({ path, query }) => path.endsWith('/deep') && query.get('list') === '1',
    action: { kind: 'cut', afterBytes: 20 },
  });
  await using store = await connectAsRoot({ url: proxy.url, rootToken: vault.rootToken });
  await expect(store.find({ path: folder, name: '.' })).rejects.toMatchObject({ code: 'unavailable' });
});

test('asks for lists with GET', async () => {
  await using proxy = await startFaultProxy({ target: vault.url });
  await using store = await connectAsRoot({ url: proxy.url, rootToken: vault.rootToken });
  await store.find({ path: folder, name: 'nothing-like-it' });
  expect(new Set(proxy.requests.map(({ method }) => method))).toEqual(new Set(['GET']));
  expect(proxy.requests.map(({ path }) => path).toSorted()).toEqual([
    `/v1/secret/metadata/${folder}`,
    `/v1/secret/metadata/${folder}/nested`,
    `/v1/secret/metadata/${folder}/nested/deep`,
  ]);
});
