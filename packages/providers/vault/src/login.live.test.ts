import { createPrivateKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { beforeAll, expect, test } from 'vitest';
import { testbed } from '@esox/testbed';
import { appRole, appRoleAuth, failureOf, readableSecret, type ReadableSecret } from './vault-login.fixture.ts';
import { call, connectTo, tokenFor, unique } from './vault-store.fixture.ts';

const { vault, kubernetes } = testbed();
const common = { server: vault.url, path: 'secret' };

let secret: ReadableSecret;
beforeAll(async () => {
  secret = await readableSecret(vault);
});

test('AppRole: role ID in the store or in a Secret, both trimmed', async () => {
  const login = await appRole(vault, secret.policy);
  const secrets = { app: { 'secret-id': `${login.secretId}\n`, 'role-id': ` ${login.roleId}\n` } };
  await using inStore = await connectTo({ ...common, auth: appRoleAuth(login) }, { secrets });
  expect(await inStore.read({ key: secret.key })).toBe(secret.document);
  const auth = {
    appRole: {
      path: login.path,
      roleRef: { name: 'app', key: 'role-id' },
      secretRef: { name: 'app', key: 'secret-id' },
    },
  };
  await using inSecret = await connectTo({ ...common, auth }, { secrets });
  expect(await inSecret.read({ key: secret.key })).toBe(secret.document);
  expect(await inSecret.client.check(call())).toBe('ready');
});

test('a refused AppRole login says where and why, and not with what', async () => {
  const login = await appRole(vault, secret.policy);
  const secrets = { app: { 'secret-id': 'wrong-canary-4711' } };
  await using store = await connectTo({ ...common, auth: appRoleAuth(login) }, { secrets });
  const error = await failureOf(store, secret.key);
  expect(error).toMatchObject({ code: 'unauthenticated' });
  const { message } = error as Error;
  expect(message).toContain(`auth/${login.path}/login`);
  expect(message).toContain('the secret ID is wrong');
  expect(message).not.toContain('4711');
  await expect(store.client.check(call())).rejects.toMatchObject({ code: 'unauthenticated' });
});

test('a missing login path and a missing Secret are failed logins', async () => {
  const login = await appRole(vault, secret.policy);
  const secrets = { app: { 'secret-id': login.secretId } };
  await using noPath = await connectTo(
    { ...common, auth: appRoleAuth({ ...login, path: 'no-such-login' }) },
    { secrets },
  );
  expect(await failureOf(noPath, secret.key)).toMatchObject({ code: 'unauthenticated' });
  await using noSecret = await connectTo({ ...common, auth: appRoleAuth(login) });
  expect(await failureOf(noSecret, secret.key)).toMatchObject({ code: 'unauthenticated' });
});

test('token: a trailing line break is trimmed; check tells a good one from a bad one', async () => {
  const token = await tokenFor(vault, `path "secret/data/${secret.key}" { capabilities = ["read"] }`);
  const auth = { tokenSecretRef: { name: 'vault', key: 'token' } };
  await using good = await connectTo({ ...common, auth }, { secrets: { vault: { token: `${token}\r\n` } } });
  expect(await good.client.check(call())).toBe('ready');
  expect(await good.read({ key: secret.key })).toBe(secret.document);

  for (const bad of ['hvs.unknown', '', 'two words', 'two\nlines']) {
    await using store = await connectTo({ ...common, auth }, { secrets: { vault: { token: bad } } });
    await expect(store.client.check(call())).rejects.toMatchObject({ code: 'unauthenticated' });
  }
  await good[Symbol.asyncDispose]();
  expect((await vault.request('GET', 'auth/token/lookup-self', undefined, { token })).status).toBe(200);
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
    token_policies: [secret.policy],
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
      const answer = await kubernetes.client.call<{ status: { token: string } }>({ method: 'POST', path, body });
      return answer.status.token;
    },
  };
  await using byAccount = await connectTo({ ...common, auth: { kubernetes: account } }, { tokens });
  expect(await byAccount.read({ key: secret.key })).toBe(secret.document);
  expect(asked).toEqual([{ audiences: [audience], expirationSeconds: 600 }]);

  const bySecretRef = { ...login, secretRef: { name: 'account' } };
  await using bySecret = await connectTo(
    { ...common, auth: { kubernetes: bySecretRef } },
    { secrets: { account: { token } } },
  );
  expect(await bySecret.read({ key: secret.key })).toBe(secret.document);

  await using byPod = await connectTo({ ...common, auth: { kubernetes: login } }, { podToken: token });
  expect(await byPod.read({ key: secret.key })).toBe(secret.document);

  await using outside = await connectTo({ ...common, auth: { kubernetes: login } });
  expect(await failureOf(outside, secret.key)).toMatchObject({ code: 'invalid-config' });
});

test('kubernetes: another ServiceAccount and another role are refused without a look at the token', async () => {
  const { mountPath, namespace } = await kubernetesLogin();
  const { token } = await kubernetes.createUser({ namespace, name: 'stranger' });
  const secrets = { account: { token } };
  for (const role of ['app', 'no-such-role']) {
    const auth = { kubernetes: { mountPath, role, secretRef: { name: 'account' } } };
    await using store = await connectTo({ ...common, auth }, { secrets });
    const error = await failureOf(store, secret.key);
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
  await vault.write(`auth/${path}/users/jane`, { password: 'correct-horse', token_policies: [secret.policy] });
  const userPass = { path, username: ' jane ', secretRef: { name: 'jane', key: 'password' } };
  const auth = { userPass };
  await using good = await connectTo({ ...common, auth }, { secrets: { jane: { password: 'correct-horse' } } });
  expect(await good.read({ key: secret.key })).toBe(secret.document);
  await using odd = await connectTo({ ...common, auth }, { secrets: { jane: { password: 'correct-horse\n' } } });
  const error = await failureOf(odd, secret.key);
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
    token_policies: [secret.policy],
  });
  const key1 = createPrivateKey(privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const now = Math.floor(Date.now() / 1000);
  const jwt = (aud: string) => signJwt(key1, { sub: 'jane', aud, iat: now, exp: now + 600 });

  const fromSecret = { path, secretRef: { name: 'jwt', key: 'token' } };
  await using bySecret = await connectTo(
    { ...common, auth: { jwt: fromSecret } },
    { secrets: { jwt: { token: jwt('vault') } } },
  );
  expect(await bySecret.read({ key: secret.key })).toBe(secret.document);

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
  expect(await byAccount.read({ key: secret.key })).toBe(secret.document);
  expect(asked).toEqual([{ audiences: ['vault', 'extra'], expirationSeconds: 600 }]);

  await using wrong = await connectTo(
    { ...common, auth: { jwt: fromSecret } },
    { secrets: { jwt: { token: jwt('other') } } },
  );
  expect(await failureOf(wrong, secret.key)).toMatchObject({
    code: 'unauthenticated',
    message: expect.stringContaining('another audience'),
  });
});

test('auth without a method is a mistake in the store', async () => {
  await expect(connectTo({ ...common, auth: {} })).rejects.toMatchObject({ code: 'invalid-config' });
});
