import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { beforeAll, expect, test } from 'vitest';
import { type ProxiedRequest, startFaultProxy, testbed } from '@esox/testbed';
import { connectAsRoot, connectTo, putRaw, unique } from './vault-store.fixture.ts';

// Each test is about something that node-vault 0.12 does by itself and that must not reach the server or the user.

const { vault } = testbed();
const folder = unique('node-vault');
const key = `${folder}/app`;

beforeAll(async () => {
  await vault.write(`secret/data/${key}`, { data: { a: 'b' } });
});

async function userPass(username: string): Promise<string> {
  const path = unique('userpass');
  const policy = unique('reader');
  await vault.write(`sys/policies/acl/${policy}`, {
    policy: `path "secret/data/${folder}/*" { capabilities = ["read"] }`,
  });
  await vault.write(`sys/auth/${path}`, { type: 'userpass' });
  await vault.write(`auth/${path}/users/${encodeURIComponent(username)}`, { password: 'pw', token_policies: [policy] });
  return path;
}

const tokenOf = ({ headers }: ProxiedRequest): unknown => headers['x-vault-token'];

test('after a second login the new token is sent, with custom headers configured', async () => {
  const path = await userPass('jane');
  await using proxy = await startFaultProxy({ target: vault.url });
  const auth = { userPass: { path, username: 'jane', secretRef: { name: 'jane', key: 'password' } } };
  const headers = { 'X-Team': 'blue', 'x-vault-token': 'not-this-one' };
  const settings = { server: proxy.url, path: 'secret', headers, auth };
  await using store = await connectTo(settings, { secrets: { jane: { password: 'pw' } } });
  await store.read({ key });
  const first = tokenOf(proxy.requests.at(-1) as ProxiedRequest);
  await vault.write('auth/token/revoke', { token: first });
  expect(await store.read({ key })).toBe('{"a":"b"}');
  expect(tokenOf(proxy.requests.at(-1) as ProxiedRequest)).not.toBe(first);
  expect(proxy.requests.every((request) => request.headers['x-team'] === 'blue')).toBe(true);
  expect(proxy.requests.every((request) => request.headers['x-vault-request'] === 'true')).toBe(true);
});

test('path arguments are encoded for URLs, not escaped for HTML', async () => {
  const path = await userPass('a.b');
  await using proxy = await startFaultProxy({ target: vault.url });
  for (const [username, segment] of [
    ['a.b', 'a.b'],
    ["a&b's <c>/d", "a%26b's%20%3Cc%3E/d"],
  ] as const) {
    const auth = { userPass: { path, username, secretRef: { name: 'user', key: 'password' } } };
    await using store = await connectTo(
      { server: proxy.url, path: 'secret', auth },
      { secrets: { user: { password: 'pw' } } },
    );
    await store.client.check({ signal: AbortSignal.timeout(5000) }).catch(() => {});
    expect(proxy.requests.map((request) => request.path)).toContain(`/v1/auth/${path}/login/${segment}`);
  }
});

test('numbers keep their digits', async () => {
  await putRaw(vault, `kv1/${folder}/number`, '{"big":12345678901234567890,"price":1.10}');
  await using store = await connectAsRoot(vault, { path: 'kv1', version: 'v1' });
  expect(await store.read({ key: `${folder}/number` })).toBe('{"big":12345678901234567890,"price":1.10}');
});

test('X-Vault-Index of an answer is replayed where the store asks for it, and only there', async () => {
  await using proxy = await startFaultProxy({ target: vault.url });
  proxy.rule({
    match: () => true,
    times: 2,
    action: {
      kind: 'answer',
      status: 200,
      headers: { 'x-vault-index': 'state-1' },
      body: { data: { data: {}, metadata: {} } },
    },
  });
  const throughProxy = { url: proxy.url, rootToken: vault.rootToken };
  for (const settings of [{ readYourWrites: true }, {}]) {
    await using store = await connectAsRoot(throughProxy, settings);
    await store.read({ key });
    await store.read({ key });
  }
  expect(proxy.requests.map(({ headers }) => headers['x-vault-index'])).toEqual([
    undefined,
    'state-1',
    undefined,
    undefined,
  ]);
});

test('a state that is older than one that was seen does not take its place', async () => {
  await using proxy = await startFaultProxy({ target: vault.url });
  const state = (index: number): string => Buffer.from(`v1:cluster:${index}:7:00ff`).toString('base64');
  for (const index of [10, 9, 11]) {
    const headers = { 'x-vault-index': state(index) };
    const action = { kind: 'answer', status: 200, headers, body: { data: { data: {}, metadata: {} } } } as const;
    proxy.rule({ match: () => true, times: 1, action });
  }
  await using store = await connectAsRoot({ url: proxy.url, rootToken: vault.rootToken }, { readYourWrites: true });
  for (let read = 0; read < 4; read += 1) await store.read({ key });
  expect(proxy.requests.map(({ headers }) => headers['x-vault-index'])).toEqual([
    undefined,
    state(10),
    state(10),
    state(11),
  ]);
});

test('writes go by PUT and lists by GET', async () => {
  const path = await userPass('jane');
  await using proxy = await startFaultProxy({ target: vault.url });
  const auth = { userPass: { path, username: 'jane', secretRef: { name: 'jane', key: 'password' } } };
  const store = await connectTo({ server: proxy.url, path: 'secret', auth }, { secrets: { jane: { password: 'pw' } } });
  await store.find({ path: folder, name: '.' }).catch(() => {});
  await store[Symbol.asyncDispose]();
  const requests = proxy.requests.map((request) => `${request.method} ${request.path}?${request.query.toString()}`);
  expect(requests).toEqual([
    `PUT /v1/auth/${path}/login/jane?`,
    `GET /v1/secret/metadata/${folder}?list=1`,
    'PUT /v1/auth/token/revoke-self?',
  ]);
});

test('neither DEBUG nor VAULT_* of the operator’s environment change what is printed or sent', async () => {
  await using proxy = await startFaultProxy({ target: vault.url });
  const script = `
    import { testHost } from '@esox/provider-testkit';
    import { config } from './config.ts';
    import { connect } from './client.ts';
    const call = { signal: AbortSignal.timeout(10_000) };
    const settings = config.parse({ server: process.argv[1], path: 'secret' });
    const client = await connect(settings, testHost(), call);
    const [outcome] = await client.read([{ key: process.argv[2] }], call);
    console.log(outcome.error.code);
    process.exit();`;
  const run = await promisify(execFile)(
    process.execPath,
    ['--conditions=esox-source', '--input-type=module', '--eval', script, proxy.url, key],
    {
      cwd: import.meta.dirname,
      env: {
        ...process.env,
        DEBUG: '*',
        VAULT_TOKEN: vault.rootToken,
        VAULT_NAMESPACE: 'canary-namespace',
        VAULT_PREFIX: '/canary-prefix',
        VAULT_ADDR: 'http://127.0.0.1:1',
      },
    },
  );
  expect(run.stdout.trim()).toBe('unauthenticated');
  expect(run.stderr).not.toContain('node-vault');
  expect(new Set(proxy.requests.map(({ path }) => path))).toEqual(
    new Set([`/v1/secret/data/${key}`, '/v1/auth/token/lookup-self']),
  );
  expect(proxy.requests.every((request) => tokenOf(request) === undefined)).toBe(true);
  expect(proxy.requests.every(({ headers }) => headers['x-vault-namespace'] === undefined)).toBe(true);
});

test('DEBUG does not print what is written', async () => {
  const script = `
    import { Sealed } from '@esox/core';
    import { testHost } from '@esox/provider-testkit';
    import { config } from './config.ts';
    import { connect } from './client.ts';
    const call = { signal: AbortSignal.timeout(10_000) };
    const auth = { tokenSecretRef: { name: 'vault', key: 'token' } };
    const settings = config.parse({ server: process.argv[1], path: 'secret', auth });
    const host = testHost({ secrets: { vault: { token: process.env.TOKEN } } });
    const client = await connect(settings, host, call);
    const items = [{ key: process.argv[2], value: Sealed.text('{"a":"canary-4711"}') }];
    const [outcome] = await client.write(items, call);
    console.log(outcome.ok);
    process.exit();`;
  const pushed = `${folder}/pushed`;
  const run = await promisify(execFile)(
    process.execPath,
    ['--conditions=esox-source', '--input-type=module', '--eval', script, vault.url, pushed],
    { cwd: import.meta.dirname, env: { ...process.env, DEBUG: '*', TOKEN: vault.rootToken } },
  );
  expect(run.stdout.trim()).toBe('true');
  expect(run.stderr).not.toContain('node-vault');
  expect(run.stderr).not.toContain('canary-4711');
  expect((await vault.read(`secret/data/${pushed}`)).data?.['data']).toEqual({ a: 'canary-4711' });
});

test('node-vault is loaded by the first client, not with the provider', async () => {
  const script = `
    import { createRequire } from 'node:module';
    await import('./index.ts');
    const loaded = Object.keys(createRequire(import.meta.dirname + '/x.js').cache);
    console.log(loaded.filter((file) => /node-vault|axios/.test(file)).length);`;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--conditions=esox-source', '--input-type=module', '--eval', script],
    { cwd: import.meta.dirname },
  );
  expect(stdout.trim()).toBe('0');
});
