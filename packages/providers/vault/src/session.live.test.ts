import { inspect } from 'node:util';
import { beforeAll, expect, test } from 'vitest';
import { Sealed } from '@esox/core';
import { startFaultProxy, testbed } from '@esox/testbed';
import { appRole, appRoleAuth, readableSecret, type ReadableSecret } from './vault-login.fixture.ts';
import { call, connectTo, tokenFor } from './vault-store.fixture.ts';

const { vault } = testbed();
const common = { server: vault.url, path: 'secret' };

let secret: ReadableSecret;
beforeAll(async () => {
  secret = await readableSecret(vault);
});

test('reads at the same time share one login, and closing revokes the token', async () => {
  const login = await appRole(vault, secret.policy);
  await using proxy = await startFaultProxy({ target: vault.url });
  const secrets = { app: { 'secret-id': login.secretId } };
  const store = await connectTo({ ...common, server: proxy.url, auth: appRoleAuth(login) }, { secrets });
  const results = await Promise.all(Array.from({ length: 30 }, () => store.read({ key: secret.key })));
  expect(new Set(results)).toEqual(new Set([secret.document]));
  expect(proxy.requests.filter(({ path }) => path.endsWith('/login')).length).toBe(1);

  const token = String(proxy.requests.at(-1)?.headers['x-vault-token']);
  expect((await vault.request('GET', 'auth/token/lookup-self', undefined, { token })).status).toBe(200);
  await store[Symbol.asyncDispose]();
  await store[Symbol.asyncDispose]();
  expect((await vault.request('GET', 'auth/token/lookup-self', undefined, { token })).status).toBe(403);
});

test('a revoked login is done again, once for all readers', async () => {
  const login = await appRole(vault, secret.policy);
  await using proxy = await startFaultProxy({ target: vault.url });
  const secrets = { app: { 'secret-id': login.secretId } };
  await using store = await connectTo({ ...common, server: proxy.url, auth: appRoleAuth(login) }, { secrets });
  expect(await store.read({ key: secret.key })).toBe(secret.document);
  const first = String(proxy.requests.at(-1)?.headers['x-vault-token']);
  await vault.write('auth/token/revoke', { token: first });
  const results = await Promise.all(Array.from({ length: 10 }, () => store.read({ key: secret.key })));
  expect(new Set(results)).toEqual(new Set([secret.document]));
  expect(proxy.requests.filter(({ path }) => path.endsWith('/login')).length).toBe(2);
  expect(proxy.requests.at(-1)?.headers['x-vault-token']).not.toBe(first);
});

test('a login that is revoked again and again is an error, not a loop', async () => {
  const login = await appRole(vault, secret.policy);
  await using proxy = await startFaultProxy({ target: vault.url });
  proxy.rule({
    match: ({ path }) => path.startsWith('/v1/secret/'),
    action: {
      kind: 'answer',
      status: 403,
      body: { errors: ['2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n'] },
    },
  });
  const secrets = { app: { 'secret-id': login.secretId } };
  await using store = await connectTo({ ...common, server: proxy.url, auth: appRoleAuth(login) }, { secrets });
  expect(await store.read({ key: secret.key })).toBe('unauthenticated');
  expect(proxy.requests.filter(({ path }) => path.endsWith('/login')).length).toBe(2);
});

test('a server that answers unknown tokens like denials is asked whether it knows the token', async () => {
  const login = await appRole(vault, secret.policy);
  await using proxy = await startFaultProxy({ target: vault.url });
  proxy.rule({
    match: ({ path }) => path.startsWith('/v1/secret/'),
    action: { kind: 'answer', status: 403, body: { errors: ['permission denied'] } },
  });
  const secrets = { app: { 'secret-id': login.secretId } };
  await using store = await connectTo({ ...common, server: proxy.url, auth: appRoleAuth(login) }, { secrets });
  expect(await store.read({ key: secret.key })).toBe('denied');
  await vault.write('auth/token/revoke', { token: String(proxy.requests.at(-1)?.headers['x-vault-token']) });
  expect(await store.read({ key: secret.key })).toBe('denied');
  expect(proxy.requests.filter(({ path }) => path.endsWith('/login')).length).toBe(2);
});

test('a token is replaced before it expires', async () => {
  const login = await appRole(vault, secret.policy, { token_ttl: '100s' });
  await using proxy = await startFaultProxy({ target: vault.url });
  let now = 1_700_000_000_000;
  const clock = { now: () => now, sleep: async () => {} };
  const secrets = { app: { 'secret-id': login.secretId } };
  await using store = await connectTo({ ...common, server: proxy.url, auth: appRoleAuth(login) }, { secrets, clock });
  const logins = () => proxy.requests.filter(({ path }) => path.endsWith('/login')).length;
  await store.read({ key: secret.key });
  now += 49_000;
  await store.read({ key: secret.key });
  expect(logins()).toBe(1);
  now += 2000;
  await store.read({ key: secret.key });
  expect(logins()).toBe(2);
});

test('a login whose token may not look at itself is ready, a static one is not', async () => {
  const login = await appRole(vault, secret.policy, { token_no_default_policy: true });
  const secrets = { app: { 'secret-id': login.secretId } };
  await using loggedIn = await connectTo({ ...common, auth: appRoleAuth(login) }, { secrets });
  expect(await loggedIn.client.check(call())).toBe('ready');

  const token = await tokenFor(vault, `path "secret/data/${secret.key}" { capabilities = ["read"] }`, {
    no_default_policy: true,
  });
  const auth = { tokenSecretRef: { name: 'vault', key: 'token' } };
  await using fixed = await connectTo({ ...common, auth }, { secrets: { vault: { token } } });
  await expect(fixed.client.check(call())).rejects.toMatchObject({ code: 'unauthenticated' });
});

test('a cluster store whose credentials lie with its consumer is unknown, and calls nobody', async () => {
  await using proxy = await startFaultProxy({ target: vault.url });
  const store = { kind: 'ClusterSecretStore', namespace: undefined, consumerNamespace: undefined } as const;
  const auth = { tokenSecretRef: { name: 'vault', key: 'token' } };
  await using waiting = await connectTo({ ...common, server: proxy.url, auth }, { store });
  expect(await waiting.client.check(call())).toBe('unknown');

  const serviceAccount = { kubernetes: { role: 'app', serviceAccountRef: { name: 'app' } } };
  await using account = await connectTo({ ...common, server: proxy.url, auth: serviceAccount }, { store });
  expect(await account.client.check(call())).toBe('unknown');
  expect(proxy.requests.length).toBe(0);

  const named = { tokenSecretRef: { name: 'vault', key: 'token', namespace: 'platform' } };
  const secrets = { 'platform/vault': { token: vault.rootToken } };
  await using ready = await connectTo({ ...common, auth: named }, { store, secrets });
  expect(await ready.client.check(call())).toBe('ready');
});

test.each([
  ['cert', { cert: { clientCert: { name: 'a' }, secretRef: { name: 'a' } } }],
  ['iam by ServiceAccount', { iam: { vaultRole: 'app', jwt: { serviceAccountRef: { name: 'app' } } } }],
  ['iam by Secret', { iam: { vaultRole: 'app', secretRef: { accessKeyIDSecretRef: { name: 'a', key: 'id' } } } }],
  ['gcp by ServiceAccount', { gcp: { role: 'app', serviceAccountRef: { name: 'app' } } }],
  ['gcp by Secret', { gcp: { role: 'app', secretRef: { secretAccessKeySecretRef: { name: 'a', key: 'key' } } } }],
])('a cluster store that logs in with %s of its consumer is unknown, too', async (_, auth) => {
  const store = { kind: 'ClusterSecretStore', namespace: undefined, consumerNamespace: undefined } as const;
  await using waiting = await connectTo({ ...common, auth }, { store });
  expect(await waiting.client.check(call())).toBe('unknown');
});

test('a batch token, which cannot be revoked, is left to expire', async () => {
  const login = await appRole(vault, secret.policy, { token_type: 'batch' });
  await using proxy = await startFaultProxy({ target: vault.url });
  const secrets = { app: { 'secret-id': login.secretId } };
  const store = await connectTo({ ...common, server: proxy.url, auth: appRoleAuth(login) }, { secrets });
  expect(await store.read({ key: secret.key })).toBe(secret.document);
  await store[Symbol.asyncDispose]();
  expect(proxy.requests.map(({ path }) => path)).toEqual([
    `/v1/auth/${login.path}/login`,
    `/v1/secret/data/${secret.key}`,
  ]);
});

test('without auth no token is sent, for an agent that adds its own', async () => {
  await using proxy = await startFaultProxy({ target: vault.url });
  await using store = await connectTo({ ...common, server: proxy.url });
  expect(await store.read({ key: secret.key })).toBe('unauthenticated');
  expect(proxy.requests.every(({ headers }) => headers['x-vault-token'] === undefined)).toBe(true);
});

test('namespaces: one for the login, one for the secrets', async () => {
  const login = await appRole(vault, secret.policy);
  await using proxy = await startFaultProxy({ target: vault.url });
  const secrets = { app: { 'secret-id': login.secretId } };
  const auth = { ...appRoleAuth(login), namespace: 'team/login' };
  await using store = await connectTo({ ...common, server: proxy.url, namespace: 'team', auth }, { secrets });
  expect(await store.read({ key: secret.key })).toBe(secret.document);
  expect(proxy.requests.map(({ path, headers }) => [path, headers['x-vault-namespace']])).toEqual([
    [`/v1/auth/${login.path}/login`, 'team/login'],
    [`/v1/secret/data/${secret.key}`, 'team'],
  ]);
});

test('no secret that was used to log in can be found in anything that the client shows', async () => {
  const login = await appRole(vault, secret.policy);
  await using proxy = await startFaultProxy({ target: vault.url });
  const secrets = { app: { 'secret-id': login.secretId } };
  await using store = await connectTo({ ...common, server: proxy.url, auth: appRoleAuth(login) }, { secrets });
  const [outcome] = await store.client.read([{ key: secret.key }], call());
  const token = String(proxy.requests.at(-1)?.headers['x-vault-token']);
  const shown = inspect([store.client, outcome, store.host.logs], { depth: 20, showHidden: true });
  expect(shown).not.toContain(login.secretId);
  expect(shown).not.toContain(token);
  expect(outcome?.ok && Sealed.is(outcome.value.content)).toBe(true);
});
