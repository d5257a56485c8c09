import { createPrivateKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { beforeAll, expect, test } from 'vitest';
import { Sealed } from '@esox/core';
import { startFaultProxy, testbed } from '@esox/testbed';
import { call, connectTo, tokenFor, unique } from './vault-store.fixture.ts';

const { vault, kubernetes } = testbed();
const folder = unique('login');
const policy = unique('reader');
const document = '{"a":"b"}';
const key = `${folder}/app`;
const common = { server: vault.url, path: 'secret' };

beforeAll(async () => {
  await vault.write(`secret/data/${key}`, { data: { a: 'b' } });
  await vault.write(`sys/policies/acl/${policy}`, {
    policy: `path "secret/data/${folder}/*" { capabilities = ["read"] }`,
  });
});

/** An AppRole login of its own. */
async function appRole(settings: object = {}): Promise<{ path: string; roleId: string; secretId: string }> {
  const path = unique('approle');
  await vault.write(`sys/auth/${path}`, { type: 'approle' });
  await vault.write(`auth/${path}/role/app`, { token_policies: [policy], token_ttl: '1h', ...settings });
  const { data: role } = await vault.read(`auth/${path}/role/app/role-id`);
  const { data: secret } = await vault.write(`auth/${path}/role/app/secret-id`);
  return { path, roleId: String(role?.['role_id']), secretId: String(secret?.['secret_id']) };
}

function appRoleAuth({ path, roleId }: { path: string; roleId: string }) {
  return { appRole: { path, roleId, secretRef: { name: 'app', key: 'secret-id' } } };
}

async function failureOf(store: Awaited<ReturnType<typeof connectTo>>) {
  try {
    const [outcome] = await store.client.read([{ key }], call());
    return outcome?.ok === false ? outcome.error : undefined;
  } catch (error) {
    return error;
  }
}

test('AppRole: role ID in the store or in a Secret, both trimmed', async () => {
  const login = await appRole();
  const secrets = { app: { 'secret-id': `${login.secretId}\n`, 'role-id': ` ${login.roleId}\n` } };
  await using inStore = await connectTo({ ...common, auth: appRoleAuth(login) }, { secrets });
  expect(await inStore.read({ key })).toBe(document);
  const auth = {
    appRole: {
      path: login.path,
      roleRef: { name: 'app', key: 'role-id' },
      secretRef: { name: 'app', key: 'secret-id' },
    },
  };
  await using inSecret = await connectTo({ ...common, auth }, { secrets });
  expect(await inSecret.read({ key })).toBe(document);
  expect(await inSecret.client.check(call())).toBe('ready');
});

test('a refused AppRole login says where and why, and not with what', async () => {
  const login = await appRole();
  const secrets = { app: { 'secret-id': 'wrong-canary-4711' } };
  await using store = await connectTo({ ...common, auth: appRoleAuth(login) }, { secrets });
  const error = await failureOf(store);
  expect(error).toMatchObject({ code: 'unauthenticated' });
  const { message } = error as Error;
  expect(message).toContain(`auth/${login.path}/login`);
  expect(message).toContain('the secret ID is wrong');
  expect(message).not.toContain('4711');
  await expect(store.client.check(call())).rejects.toMatchObject({ code: 'unauthenticated' });
});

test('a missing login path and a missing Secret are failed logins', async () => {
  const login = await appRole();
  const secrets = { app: { 'secret-id': login.secretId } };
  await using noPath = await connectTo(
    { ...common, auth: appRoleAuth({ ...login, path: 'no-such-login' }) },
    { secrets },
  );
  expect(await failureOf(noPath)).toMatchObject({ code: 'unauthenticated' });
  await using noSecret = await connectTo({ ...common, auth: appRoleAuth(login) });
  expect(await failureOf(noSecret)).toMatchObject({ code: 'unauthenticated' });
});

test('reads at the same time share one login, and closing revokes the token', async () => {
  const login = await appRole();
  await using proxy = await startFaultProxy({ target: vault.url });
  const secrets = { app: { 'secret-id': login.secretId } };
  const store = await connectTo({ ...common, server: proxy.url, auth: appRoleAuth(login) }, { secrets });
  const results = await Promise.all(Array.from({ length: 30 }, () => store.read({ key })));
  expect(new Set(results)).toEqual(new Set([document]));
  expect(proxy.requests.filter(({ path }) => path.endsWith('/login')).length).toBe(1);

  const token = String(proxy.requests.at(-1)?.headers['x-vault-token']);
  expect((await vault.request('GET', 'auth/token/lookup-self', undefined, { token })).status).toBe(200);
  await store[Symbol.asyncDispose]();
  await store[Symbol.asyncDispose]();
  expect((await vault.request('GET', 'auth/token/lookup-self', undefined, { token })).status).toBe(403);
});

test('a revoked login is done again, once for all readers', async () => {
  const login = await appRole();
  await using proxy = await startFaultProxy({ target: vault.url });
  const secrets = { app: { 'secret-id': login.secretId } };
  await using store = await connectTo({ ...common, server: proxy.url, auth: appRoleAuth(login) }, { secrets });
  expect(await store.read({ key })).toBe(document);
  const first = String(proxy.requests.at(-1)?.headers['x-vault-token']);
  await vault.write('auth/token/revoke', { token: first });
  const results = await Promise.all(Array.from({ length: 10 }, () => store.read({ key })));
  expect(new Set(results)).toEqual(new Set([document]));
  expect(proxy.requests.filter(({ path }) => path.endsWith('/login')).length).toBe(2);
  expect(proxy.requests.at(-1)?.headers['x-vault-token']).not.toBe(first);
});

test('a login that is revoked again and again is an error, not a loop', async () => {
  const login = await appRole();
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
  expect(await store.read({ key })).toBe('unauthenticated');
  expect(proxy.requests.filter(({ path }) => path.endsWith('/login')).length).toBe(2);
});

test('a server that answers unknown tokens like denials is asked whether it knows the token', async () => {
  const login = await appRole();
  await using proxy = await startFaultProxy({ target: vault.url });
  proxy.rule({
    match: ({ path }) => path.startsWith('/v1/secret/'),
    action: { kind: 'answer', status: 403, body: { errors: ['permission denied'] } },
  });
  const secrets = { app: { 'secret-id': login.secretId } };
  await using store = await connectTo({ ...common, server: proxy.url, auth: appRoleAuth(login) }, { secrets });
  expect(await store.read({ key })).toBe('denied');
  await vault.write('auth/token/revoke', { token: String(proxy.requests.at(-1)?.headers['x-vault-token']) });
  expect(await store.read({ key })).toBe('denied');
  expect(proxy.requests.filter(({ path }) => path.endsWith('/login')).length).toBe(2);
});

test('a token is replaced before it expires', async () => {
  const login = await appRole({ token_ttl: '100s' });
  await using proxy = await startFaultProxy({ target: vault.url });
  let now = 1_700_000_000_000;
  const clock = { now: () => now, sleep: async () => {} };
  const secrets = { app: { 'secret-id': login.secretId } };
  await using store = await connectTo({ ...common, server: proxy.url, auth: appRoleAuth(login) }, { secrets, clock });
  const logins = () => proxy.requests.filter(({ path }) => path.endsWith('/login')).length;
  await store.read({ key });
  now += 49_000;
  await store.read({ key });
  expect(logins()).toBe(1);
  now += 2000;
  await store.read({ key });
  expect(logins()).toBe(2);
});

test('token: a trailing line break is trimmed; check tells a good one from a bad one', async () => {
  const token = await tokenFor(vault, `path "secret/data/${folder}/*" { capabilities = ["read"] }`);
  const auth = { tokenSecretRef: { name: 'vault', key: 'token' } };
  await using good = await connectTo({ ...common, auth }, { secrets: { vault: { token: `${token}\r\n` } } });
  expect(await good.client.check(call())).toBe('ready');
  expect(await good.read({ key })).toBe(document);

  for (const bad of ['hvs.unknown', '', 'two words', 'two\nlines']) {
    await using store = await connectTo({ ...common, auth }, { secrets: { vault: { token: bad } } });
    await expect(store.client.check(call())).rejects.toMatchObject({ code: 'unauthenticated' });
  }
  await good[Symbol.asyncDispose]();
  expect((await vault.request('GET', 'auth/token/lookup-self', undefined, { token })).status).toBe(200);
});

test('a login whose token may not look at itself is ready, a static one is not', async () => {
  const login = await appRole({ token_no_default_policy: true });
  const secrets = { app: { 'secret-id': login.secretId } };
  await using loggedIn = await connectTo({ ...common, auth: appRoleAuth(login) }, { secrets });
  expect(await loggedIn.client.check(call())).toBe('ready');

  const token = await tokenFor(vault, `path "secret/data/${folder}/*" { capabilities = ["read"] }`, {
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

async function kubernetesLogin(): Promise<{ mountPath: string; namespace: string; audience: string }> {
  const namespace = await kubernetes.createNamespace({ prefix: 'vault-login' });
  const reviewer = await kubernetes.createUser({
    namespace,
    name: 'reviewer',
    clusterRules: [{ apiGroups: ['authentication.k8s.io'], resources: ['tokenreviews'], verbs: ['create'] }],
  });
  const mountPath = unique('kubernetes');
  await vault.write(`sys/auth/${mountPath}`, { type: 'kubernetes' });
  await vault.write(`auth/${mountPath}/config`, {
    kubernetes_host: kubernetes.url,
    kubernetes_ca_cert: kubernetes.caPem,
    token_reviewer_jwt: reviewer.token,
  });
  const audience = 'https://kubernetes.default.svc';
  await vault.write(`auth/${mountPath}/role/app`, {
    bound_service_account_names: ['app'],
    bound_service_account_namespaces: [namespace],
    token_policies: [policy],
    audience,
  });
  return { mountPath, namespace, audience };
}

test('kubernetes: a ServiceAccount’s token, one in a Secret, and the operator’s own', async () => {
  const { mountPath, namespace, audience } = await kubernetesLogin();
  const { token } = await kubernetes.createUser({ namespace, name: 'app' });
  const login = { mountPath, role: 'app' };

  const asked: object[] = [];
  const account = { ...login, serviceAccountRef: { name: 'app', audiences: [audience] } };
  const tokens = {
    app: async (request: { audiences: readonly string[]; expirationSeconds?: number }) => {
      asked.push(request);
      const path = `/api/v1/namespaces/${namespace}/serviceaccounts/app/token`;
      const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: request };
      const answer = (await kubernetes.client.call({ method: 'POST', path, body })) as { status: { token: string } };
      return answer.status.token;
    },
  };
  await using byAccount = await connectTo({ ...common, auth: { kubernetes: account } }, { tokens });
  expect(await byAccount.read({ key })).toBe(document);
  expect(asked).toEqual([{ audiences: [audience], expirationSeconds: 600 }]);

  const bySecretRef = { ...login, secretRef: { name: 'account' } };
  await using bySecret = await connectTo(
    { ...common, auth: { kubernetes: bySecretRef } },
    { secrets: { account: { token } } },
  );
  expect(await bySecret.read({ key })).toBe(document);

  await using byPod = await connectTo({ ...common, auth: { kubernetes: login } }, { podToken: token });
  expect(await byPod.read({ key })).toBe(document);

  await using outside = await connectTo({ ...common, auth: { kubernetes: login } });
  expect(await failureOf(outside)).toMatchObject({ code: 'invalid-config' });
});

test('kubernetes: another ServiceAccount and another role are refused without a look at the token', async () => {
  const { mountPath, namespace } = await kubernetesLogin();
  const { token } = await kubernetes.createUser({ namespace, name: 'stranger' });
  const secrets = { account: { token } };
  for (const role of ['app', 'no-such-role']) {
    const auth = { kubernetes: { mountPath, role, secretRef: { name: 'account' } } };
    await using store = await connectTo({ ...common, auth }, { secrets });
    const error = await failureOf(store);
    expect(error).toMatchObject({
      code: 'unauthenticated',
      message: expect.stringContaining(`auth/${mountPath}/login`),
    });
    expect((error as Error).message).not.toContain(token);
  }
});

test('userPass: the user name is trimmed, the password is not, and the error says what is odd', async () => {
  const path = unique('userpass');
  await vault.write(`sys/auth/${path}`, { type: 'userpass' });
  await vault.write(`auth/${path}/users/jane`, { password: 'correct-horse', token_policies: [policy] });
  const userPass = { path, username: ' jane ', secretRef: { name: 'jane', key: 'password' } };
  const auth = { userPass };
  await using good = await connectTo({ ...common, auth }, { secrets: { jane: { password: 'correct-horse' } } });
  expect(await good.read({ key })).toBe(document);
  await using odd = await connectTo({ ...common, auth }, { secrets: { jane: { password: 'correct-horse\n' } } });
  const error = await failureOf(odd);
  expect(error).toMatchObject({ code: 'unauthenticated', message: expect.stringContaining('ends with a line break') });
  expect((error as Error).message).not.toContain('correct-horse');
});

function signJwt(privateKey: KeyObject, claims: object): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const input = `${part({ alg: 'RS256', typ: 'JWT' })}.${part(claims)}`;
  return `${input}.${sign('sha256', Buffer.from(input), privateKey).toString('base64url')}`;
}

test('jwt: from a Secret with the default role, and from a ServiceAccount with the audience vault', async () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const path = unique('jwt');
  await vault.write(`sys/auth/${path}`, { type: 'jwt' });
  await vault.write(`auth/${path}/config`, {
    jwt_validation_pubkeys: [publicKey.export({ type: 'spki', format: 'pem' })],
    default_role: 'app',
  });
  await vault.write(`auth/${path}/role/app`, {
    role_type: 'jwt',
    user_claim: 'sub',
    bound_audiences: ['vault', 'extra'],
    token_policies: [policy],
  });
  const key1 = createPrivateKey(privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const now = Math.floor(Date.now() / 1000);
  const jwt = (aud: string) => signJwt(key1, { sub: 'jane', aud, iat: now, exp: now + 600 });

  const fromSecret = { path, secretRef: { name: 'jwt', key: 'token' } };
  await using bySecret = await connectTo(
    { ...common, auth: { jwt: fromSecret } },
    { secrets: { jwt: { token: jwt('vault') } } },
  );
  expect(await bySecret.read({ key })).toBe(document);

  const asked: object[] = [];
  const tokens = {
    app: (request: { audiences: readonly string[] }) => {
      asked.push(request);
      return jwt('vault');
    },
  };
  const fromAccount = {
    path,
    role: 'app',
    kubernetesServiceAccountToken: { serviceAccountRef: { name: 'app', audiences: ['extra'] } },
  };
  await using byAccount = await connectTo({ ...common, auth: { jwt: fromAccount } }, { tokens });
  expect(await byAccount.read({ key })).toBe(document);
  expect(asked).toEqual([{ audiences: ['vault', 'extra'], expirationSeconds: 600 }]);

  await using wrong = await connectTo(
    { ...common, auth: { jwt: fromSecret } },
    { secrets: { jwt: { token: jwt('other') } } },
  );
  expect(await failureOf(wrong)).toMatchObject({
    code: 'unauthenticated',
    message: expect.stringContaining('another audience'),
  });
});

test('without auth no token is sent, for an agent that adds its own', async () => {
  await using proxy = await startFaultProxy({ target: vault.url });
  await using store = await connectTo({ ...common, server: proxy.url });
  expect(await store.read({ key })).toBe('unauthenticated');
  expect(proxy.requests.every(({ headers }) => headers['x-vault-token'] === undefined)).toBe(true);
});

test.each([
  ['cert', { cert: {} }],
  ['iam', { iam: { vaultRole: 'app' } }],
  ['gcp', { gcp: { role: 'app' } }],
])('auth.%s is refused at once, since it is not available yet', async (name, auth) => {
  await expect(connectTo({ ...common, auth })).rejects.toMatchObject({
    code: 'not-supported',
    message: expect.stringContaining(`auth.${name}`),
  });
});

test('auth without a method is a mistake in the store', async () => {
  await expect(connectTo({ ...common, auth: {} })).rejects.toMatchObject({ code: 'invalid-config' });
});

test('namespaces: one for the login, one for the secrets', async () => {
  const login = await appRole();
  await using proxy = await startFaultProxy({ target: vault.url });
  const secrets = { app: { 'secret-id': login.secretId } };
  const auth = { ...appRoleAuth(login), namespace: 'team/login' };
  await using store = await connectTo({ ...common, server: proxy.url, namespace: 'team', auth }, { secrets });
  expect(await store.read({ key })).toBe(document);
  expect(proxy.requests.map(({ path, headers }) => [path, headers['x-vault-namespace']])).toEqual([
    [`/v1/auth/${login.path}/login`, 'team/login'],
    [`/v1/secret/data/${key}`, 'team'],
  ]);
});

test('no secret that was used to log in can be found in anything that the client shows', async () => {
  const login = await appRole();
  await using proxy = await startFaultProxy({ target: vault.url });
  const secrets = { app: { 'secret-id': login.secretId } };
  await using store = await connectTo({ ...common, server: proxy.url, auth: appRoleAuth(login) }, { secrets });
  const [outcome] = await store.client.read([{ key }], call());
  const token = String(proxy.requests.at(-1)?.headers['x-vault-token']);
  const { inspect } = await import('node:util');
  const shown = inspect([store.client, outcome, store.host.logs], { depth: 20, showHidden: true });
  expect(shown).not.toContain(login.secretId);
  expect(shown).not.toContain(token);
  expect(outcome?.ok && Sealed.is(outcome.value.content)).toBe(true);
});
