import { beforeAll, expect, test } from 'vitest';
import { startFaultProxy, testbed } from '@esox/testbed';
import { call, connectAsRoot, connectTo, putRaw, textOf, tokenFor, unique } from './vault-store.fixture.ts';

const { vault } = testbed();
const folder = unique('read');

async function failure(ref: Parameters<typeof read>[1], settings: Parameters<typeof connectAsRoot>[1] = {}) {
  const outcome = await read(settings, ref);
  return outcome?.ok === false ? { code: outcome.error.code, message: outcome.error.message } : outcome;
}

async function read(
  settings: Parameters<typeof connectAsRoot>[1],
  ref: { key: string; version?: string; metadata?: boolean },
) {
  await using store = await connectAsRoot(vault, settings);
  const [outcome] = await store.client.read([ref], call());
  return outcome;
}

beforeAll(async () => {
  const versions = [
    { user: 'app', password: 'one' },
    { user: 'app', password: 'two' },
  ];
  for (const data of versions) await vault.write(`secret/data/${folder}/app`, { data });
  await vault.write(`secret/metadata/${folder}/app`, { custom_metadata: { team: 'blue' } });
  await vault.write(`secret/data/${folder}/deleted`, { data: { a: 'b' } });
  await vault.request('DELETE', `secret/data/${folder}/deleted`);
  await vault.write(`secret/data/${folder}/destroyed`, { data: { a: 'b' } });
  await vault.write(`secret/destroy/${folder}/destroyed`, { versions: [1] });
  await vault.write(`kv1/${folder}/app`, { user: 'app', password: 'one' });
});

test('reads the current version of a v2 secret as one document with sorted members', async () => {
  expect(textOf(await read({}, { key: `${folder}/app` }))).toBe('{"password":"two","user":"app"}');
});

test('reads a v1 secret, and takes no notice of a version', async () => {
  const settings = { path: 'kv1', version: 'v1' } as const;
  const document = '{"password":"one","user":"app"}';
  expect(textOf(await read(settings, { key: `${folder}/app` }))).toBe(document);
  expect(textOf(await read(settings, { key: `${folder}/app`, version: '3' }))).toBe(document);
});

test('a key may repeat the path of the engine, and the engine may stand in the key alone', async () => {
  const document = '{"password":"two","user":"app"}';
  for (const key of [`secret/${folder}/app`, `secret/data/${folder}/app`, `/${folder}//app`]) {
    expect(textOf(await read({}, { key }))).toBe(document);
  }
  for (const key of [`secret/${folder}/app`, `secret/data/${folder}/app`]) {
    expect(textOf(await read({ path: undefined }, { key }))).toBe(document);
  }
  expect(textOf(await read({ path: '/secret/' }, { key: `${folder}/app` }))).toBe(document);
  expect(textOf(await read({ path: undefined, version: 'v1' }, { key: `kv1/${folder}/app` }))).toBe(
    '{"password":"one","user":"app"}',
  );
});

test('a pinned version is read; one that never was is a mistake in the entry, not an absence', async () => {
  expect(textOf(await read({}, { key: `${folder}/app`, version: '1' }))).toBe('{"password":"one","user":"app"}');
  expect(await failure({ key: `${folder}/app`, version: '9' })).toMatchObject({ code: 'invalid-ref' });
  expect(await failure({ key: `${folder}/app`, version: 'latest' })).toMatchObject({ code: 'invalid-ref' });
  expect(await failure({ key: `${folder}/missing`, version: '1' })).toMatchObject({ code: 'not-found' });
  expect(await failure({ key: `${folder}/deleted`, version: '1' })).toMatchObject({ code: 'not-found' });
});

test('missing, deleted and destroyed secrets are absent', async () => {
  for (const key of ['missing', 'deleted', 'destroyed']) {
    expect(await failure({ key: `${folder}/${key}` })).toMatchObject({ code: 'not-found' });
  }
  const version1 = { path: 'kv1', version: 'v1' } as const;
  expect(await failure({ key: `${folder}/missing` }, version1)).toMatchObject({ code: 'not-found' });
});

test.each([
  ['an engine that does not exist', { path: 'no-such-engine' }, 'no secrets engine'],
  ['an engine that does not exist, on v1', { path: 'no-such-engine', version: 'v1' }, 'no secrets engine'],
  ['a v2 store on a v1 engine', { path: 'kv1' }, 'is of version v1, and the store says v2'],
  ['a v1 store on a v2 engine', { version: 'v1' }, 'is of version v2, and the store says v1'],
  ['a folder in path', { path: 'secret/folder' }, 'must name the secrets engine alone'],
  ['an engine of another type', { path: 'cubbyhole' }, 'is not of the type kv'],
] as const)('%s is a mistake in the store, never an absence', async (_, settings, text) => {
  const result = await failure({ key: `${folder}/missing` }, settings);
  expect(result).toMatchObject({ code: 'invalid-config', message: expect.stringContaining(text) });
});

test('what is mounted is asked once for all absent keys of an engine', async () => {
  await using proxy = await startFaultProxy({ target: vault.url });
  await using store = await connectAsRoot({ url: proxy.url, rootToken: vault.rootToken });
  await store.read({ key: `${folder}/app` });
  expect(proxy.requests.length).toBe(1);
  for (const key of ['none-1', 'none-2', 'none-3']) expect(await store.read({ key })).toBe('not-found');
  expect(proxy.requests.filter(({ path }) => path === '/v1/sys/internal/ui/mounts/secret').length).toBe(1);
});

test('a token that may read one path only still tells absent from denied', async () => {
  const token = await tokenFor(
    vault,
    `path "secret/data/${folder}/mine" { capabilities = ["read"] }
     path "kv1/data/${folder}/mine" { capabilities = ["read"] }`,
    { no_default_policy: true },
  );
  const options = { secrets: { 'vault-token': { token } } };
  await using store = await connectAsRoot(vault, {}, options);
  expect(await store.read({ key: `${folder}/mine` })).toBe('not-found');
  expect(await store.read({ key: `${folder}/app` })).toBe('denied');
  await using onVersion1 = await connectAsRoot(vault, { path: 'kv1' }, options);
  expect(await onVersion1.read({ key: `${folder}/mine` })).toBe('invalid-config');
});

test('where the question about the engine is refused, only what the engine itself shows counts', async () => {
  await using proxy = await startFaultProxy({ target: vault.url });
  proxy.rule({
    match: ({ path }) => path.startsWith('/v1/sys/internal/'),
    action: { kind: 'answer', status: 403, body: { errors: ['1 error occurred:\n\t* permission denied\n\n'] } },
  });
  const throughProxy = { url: proxy.url, rootToken: vault.rootToken };

  await using version2 = await connectAsRoot(throughProxy);
  expect(await version2.read({ key: `${folder}/missing` })).toBe('invalid-config');
  await version2.read({ key: `${folder}/app` });
  expect(await version2.read({ key: `${folder}/missing` })).toBe('not-found');

  await using version1 = await connectAsRoot(throughProxy, { path: 'kv1', version: 'v1' });
  expect(await version1.read({ key: `${folder}/missing` })).toBe('not-found');
});

test('a 404 in other words than Vault’s is no absence', async () => {
  await using proxy = await startFaultProxy({ target: vault.url });
  await using store = await connectAsRoot({ url: proxy.url, rootToken: vault.rootToken });
  const bodies = ['<html>not found</html>', '', '{}', '[]', { message: 'no route' }, { errors: ['something new'] }];
  for (const body of bodies) {
    proxy.rule({ match: () => true, times: 1, action: { kind: 'answer', status: 404, body } });
    expect(await store.read({ key: `${folder}/app` })).toBe('unavailable');
  }
});

test('characters with a meaning in URLs and HTML stay part of the key', async () => {
  for (const name of [
    'a&b',
    'with blank',
    '100%',
    '100%25',
    'what?',
    'no#1',
    'größe',
    '日本',
    "it's",
    'a+b',
    '<tag>',
    '&#x2F;',
  ]) {
    const key = `${folder}/special/${name}`;
    const path = key.split('/').map(encodeURIComponent).join('/');
    await vault.write(`secret/data/${path}`, { data: { name } });
    await vault.write(`kv1/${path}`, { name });
    expect(textOf(await read({}, { key }))).toBe(goJson({ name }));
    expect(textOf(await read({ path: 'kv1', version: 'v1' }, { key }))).toBe(goJson({ name }));
  }
});

function goJson(value: object): string {
  return JSON.stringify(value).replace(/[<>&]/g, (found) => `\\u00${found.charCodeAt(0).toString(16)}`);
}

test('a key cannot leave the engine', async () => {
  for (const key of ['../auth/token/lookup-self', 'a/../../sys/mounts', './a']) {
    expect(await failure({ key })).toMatchObject({ code: 'invalid-ref' });
  }
});

test('numbers keep their digits on v1, and what Vault made of them on v2', async () => {
  const key = `${folder}/numbers`;
  const data = '{"big":12345678901234567890,"fraction":1.10,"small":42,"nested":{"n":1e2}}';
  await putRaw(vault, `kv1/${key}`, data);
  await putRaw(vault, `secret/data/${key}`, `{"data":${data}}`);
  expect(textOf(await read({ path: 'kv1', version: 'v1' }, { key }))).toBe(
    '{"big":12345678901234567890,"fraction":1.10,"nested":{"n":1e2},"small":42}',
  );
  expect(textOf(await read({}, { key }))).toBe(
    '{"big":12345678901234567000,"fraction":1.1,"nested":{"n":100},"small":42}',
  );
});

test('members cannot clash with what objects bring along', async () => {
  const key = `${folder}/members`;
  const data = '{"__proto__":{"admin":true},"constructor":"c","toString":null,"":"empty","10":"b","9":"a"}';
  await putRaw(vault, `secret/data/${key}`, `{"data":${data}}`);
  expect(textOf(await read({}, { key }))).toBe(
    '{"":"empty","10":"b","9":"a","__proto__":{"admin":true},"constructor":"c","toString":null}',
  );
  expect(({} as { admin?: boolean }).admin).toBeUndefined();
});

test('metadata is read in place of the value', async () => {
  const outcome = await read({}, { key: `${folder}/app`, metadata: true });
  expect(JSON.parse(textOf(outcome))).toEqual({
    created_time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    current_version: '2',
    delete_version_after: '0s',
    team: 'blue',
  });
  expect(textOf(await read({}, { key: `secret/data/${folder}/app`, metadata: true }))).toBe(textOf(outcome));
  expect(await failure({ key: `${folder}/missing`, metadata: true })).toMatchObject({ code: 'not-found' });
  expect(await failure({ key: `${folder}/app`, metadata: true }, { path: 'kv1', version: 'v1' })).toMatchObject({
    code: 'not-supported',
  });
});

test('the change token follows the value, and is no plain hash of it', async () => {
  for (const [settings, path] of [
    [{}, `secret/data/${folder}/token`],
    [{ path: 'kv1', version: 'v1' as const }, `kv1/${folder}/token`],
  ] as const) {
    const write = (value: string) => vault.write(path, settings.path ? { value } : { data: { value } });
    const token = async () => {
      const outcome = await read(settings, { key: `${folder}/token` });
      return outcome?.ok ? outcome.value.version : undefined;
    };
    await write('one');
    const first = await token();
    expect(first).toBeTypeOf('string');
    expect(await token()).toBe(first);
    await write('two');
    expect(await token()).not.toBe(first);
  }
});

test('answers in the order of the refs, each with its own outcome', async () => {
  await using store = await connectAsRoot(vault);
  const keys = ['missing', 'app', 'deleted', 'app'].map((name) => ({ key: `${folder}/${name}` }));
  const document = '{"password":"two","user":"app"}';
  expect((await store.client.read(keys, call())).map(textOf)).toEqual(['not-found', document, 'not-found', document]);
});

test('a denied path names the path and what to do, and not the token', async () => {
  const token = await tokenFor(vault, `path "secret/data/nothing" { capabilities = ["read"] }`);
  await using store = await connectTo(
    { server: vault.url, path: 'secret', auth: { tokenSecretRef: { name: 'vault-token', key: 'token' } } },
    { secrets: { 'vault-token': { token: `${token}\n` } } },
  );
  const [outcome] = await store.client.read([{ key: `${folder}/app` }], call());
  expect(outcome).toMatchObject({ ok: false, error: { code: 'denied' } });
  const message = outcome?.ok === false ? outcome.error.message : '';
  expect(message).toContain(`secret/data/${folder}/app`);
  expect(message).toContain('403');
  expect(message).not.toContain(token);
});
