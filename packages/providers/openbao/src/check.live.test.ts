import { beforeAll, expect, test } from 'vitest';
import { startFaultProxy, testbed } from '@esox/testbed';
import { call, connectTo, newEngine, unique } from './openbao-store.fixture.ts';

const { vault } = testbed();
let engine = '';
let policy = '';

beforeAll(async () => {
  engine = await newEngine(vault, 'v2');
  await vault.write(`${engine}/data/app`, { data: { a: 'b' } });
  policy = unique('reader');
  await vault.write(`sys/policies/acl/${policy}`, {
    policy: `path "${engine}/*" { capabilities = ["read", "list"] }
             path "sys/mounts/${engine}" { capabilities = ["read"] }`,
  });
});

test('ready where the engine is of the type and version that the store says', async () => {
  await using store = await connectTo({ path: engine });
  expect(await store.client.check(call())).toBe('ready');
  await using first = await connectTo({ path: await newEngine(vault, 'v1'), version: 'v1' });
  expect(await first.client.check(call())).toBe('ready');
});

test('an engine of another type or version, or none, is named', async () => {
  const pki = unique('pki');
  await vault.write(`sys/mounts/${pki}`, { type: 'pki' });
  for (const [settings, text] of [
    [{ path: pki }, 'expected mount type "kv" found "pki"'],
    [{ path: engine, version: 'v1' }, 'expected kv engine version 1 found version 2'],
    [{ path: await newEngine(vault, 'v1') }, 'expected kv engine version 2 found version 1'],
    [{ path: unique('none') }, 'there is no secrets engine'],
  ] as const) {
    await using store = await connectTo(settings);
    const checked = store.client.check(call());
    await expect(checked).rejects.toMatchObject({ code: 'invalid-config', message: expect.stringContaining(text) });
  }
});

test('a login that may not see the engine is told which right it needs', async () => {
  const other = unique('narrow');
  await vault.write(`sys/policies/acl/${other}`, { policy: `path "${engine}/*" { capabilities = ["read"] }` });
  const { auth } = await vault.write('auth/token/create', { policies: [other] });
  const secrets = { login: { token: String(auth?.client_token) } };
  await using store = await connectTo({ path: engine }, { secrets });
  expect(await store.read({ key: 'app' })).toBe('{"a":"b"}');
  await expect(store.client.check(call())).rejects.toMatchObject({
    code: 'denied',
    message: expect.stringContaining(`sys/mounts/${engine}`),
  });
});

test('a server that does not answer fails the check after 5 seconds', async () => {
  await using proxy = await startFaultProxy({ target: vault.url });
  proxy.rule({ match: () => true, action: { kind: 'hang' } });
  await using store = await connectTo({ server: proxy.url, path: engine });
  await expect(store.client.check(call())).rejects.toMatchObject({ code: 'unavailable' });
});

test('userPass and AppRole, with the token revoked in the end', async () => {
  const userpass = unique('userpass');
  await vault.write(`sys/auth/${userpass}`, { type: 'userpass' });
  await vault.write(`auth/${userpass}/users/jane`, { password: 'correct-horse', token_policies: [policy] });
  const approle = unique('approle');
  await vault.write(`sys/auth/${approle}`, { type: 'approle' });
  await vault.write(`auth/${approle}/role/app`, { token_policies: [policy] });
  const { data: role } = await vault.read(`auth/${approle}/role/app/role-id`);
  const { data: secret } = await vault.write(`auth/${approle}/role/app/secret-id`);
  const secrets = {
    jane: { password: 'correct-horse' },
    app: { 'role-id': String(role?.['role_id']), 'secret-id': String(secret?.['secret_id']) },
  };
  const secretRef = { name: 'app', key: 'secret-id' };
  for (const auth of [
    { userPass: { path: userpass, username: 'jane', secretRef: { name: 'jane', key: 'password' } } },
    { appRole: { path: approle, roleId: secrets.app['role-id'], secretRef } },
    { appRole: { path: approle, roleRef: { name: 'app', key: 'role-id' }, secretRef } },
  ]) {
    await using proxy = await startFaultProxy({ target: vault.url });
    const store = await connectTo({ server: proxy.url, path: engine, auth }, { secrets });
    expect(await store.client.check(call())).toBe('ready');
    expect(await store.read({ key: 'app' })).toBe('{"a":"b"}');
    const token = String(proxy.requests.at(-1)?.headers['x-vault-token']);
    await store[Symbol.asyncDispose]();
    expect((await vault.request('GET', 'auth/token/lookup-self', undefined, { token })).status).toBe(403);
  }
});

test('a missing Secret of the login is a failed login', async () => {
  const auth = { tokenSecretRef: { name: 'missing', key: 'token' } };
  await using store = await connectTo({ path: engine, auth });
  await expect(store.client.read([{ key: 'app' }], call())).rejects.toMatchObject({ code: 'unauthenticated' });
});

test('namespaces: one for the login, one for the secrets; a token is sent in the latter only', async () => {
  const userpass = unique('userpass');
  await vault.write(`sys/auth/${userpass}`, { type: 'userpass' });
  await vault.write(`auth/${userpass}/users/jane`, { password: 'pw', token_policies: [policy] });
  await using proxy = await startFaultProxy({ target: vault.url });
  const auth = {
    namespace: 'team/login',
    userPass: { path: userpass, username: 'jane', secretRef: { name: 'jane', key: 'password' } },
  };
  const settings = { server: proxy.url, path: engine, namespace: 'team', auth };
  await using store = await connectTo(settings, { secrets: { jane: { password: 'pw' } } });
  await store.read({ key: 'app' });
  expect(proxy.requests.map(({ path, headers }) => [path, headers['x-vault-namespace']])).toEqual([
    [`/v1/auth/${userpass}/login/jane`, 'team/login'],
    [`/v1/${engine}/data/app`, 'team'],
  ]);
});

test('an authority from caBundle, a Secret or a ConfigMap; in a cluster store it may lie with the consumer', async () => {
  const caPem = vault.caPem;
  const caBundle = Buffer.from(caPem).toString('base64');
  const cluster = { kind: 'ClusterSecretStore', namespace: undefined, consumerNamespace: 'team' } as const;
  const auth = { tokenSecretRef: { name: 'login', key: 'token', namespace: 'test' } };
  const inConfigMap = { caProvider: { type: 'ConfigMap', name: 'ca', key: 'ca.crt' } } as const;
  const configMaps = { 'test/ca': { 'ca.crt': caPem }, 'team/ca': { 'ca.crt': caPem } };
  const options = { secrets: { ca: { 'ca.crt': caPem } }, configMaps };
  for (const [settings, store] of [
    [{ caBundle }, {}],
    [{ caProvider: { type: 'Secret', name: 'ca', key: 'ca.crt' } }, {}],
    [inConfigMap, {}],
    [{ ...inConfigMap, auth }, cluster],
  ] as const) {
    await using trusted = await connectTo({ server: vault.tlsUrl, path: engine, ...settings }, { ...options, store });
    expect(await trusted.read({ key: 'app' })).toBe('{"a":"b"}');
  }
  await expect(connectTo({ caBundle: 'bm8gY2VydGlmaWNhdGU=' })).rejects.toMatchObject({ code: 'invalid-config' });
  await using stranger = await connectTo({ server: vault.tlsUrl, path: engine });
  expect(await stranger.read({ key: 'app' })).toBe('unavailable');
});

test('a cluster store whose references lie with its consumer is unknown until there is one', async () => {
  const store = { kind: 'ClusterSecretStore', namespace: undefined, consumerNamespace: undefined } as const;
  const named = { tokenSecretRef: { name: 'login', key: 'token', namespace: 'test' } };
  const secretRef = { name: 'app', key: 'secret-id', namespace: 'test' };
  for (const settings of [
    {},
    { auth: { appRole: { roleRef: { name: 'app', key: 'role-id' }, secretRef } } },
    { auth: named, caProvider: { type: 'Secret', name: 'ca', key: 'ca.crt' } },
  ] as const) {
    await using waiting = await connectTo(settings, { store });
    expect(await waiting.client.check(call())).toBe('unknown');
  }
});
