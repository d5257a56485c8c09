import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TestHostOptions } from '@esox/provider-testkit';
import { testbed } from '@esox/testbed';
import { type StsServer, stsServer } from './sts.fixture.ts';
import { failureOf, readableSecret, type ReadableSecret } from './vault-login.fixture.ts';
import { connectTo, type TestClient, unique } from './vault-store.fixture.ts';

const { vault } = testbed();
const user = 'arn:aws:iam::123456789012:user/app';
const role = 'arn:aws:iam::123456789012:role/app';
const other = 'arn:aws:iam::123456789012:role/other';
const keys = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'canary-secret-4711' };
const temporary = {
  accessKeyId: 'ASIAEXAMPLE',
  secretAccessKey: 'canary-other-4711',
  sessionToken: 'canary-session-4711',
};
const path = unique('aws');

let sts: StsServer;
let secret: ReadableSecret;
let folder: string;

beforeAll(async () => {
  secret = await readableSecret(vault);
  folder = await mkdtemp(join(tmpdir(), 'vault-iam-'));
  sts = await stsServer({
    identities: [
      { ...keys, arn: user },
      { ...temporary, arn: user },
    ],
    tokens: { 'canary-token-4711': role },
    roles: { [other]: 'external-1', [role]: undefined },
  });
  await vault.write(`sys/auth/${path}`, { type: 'aws' });
  await vault.write(`auth/${path}/config/client`, {
    sts_endpoint: sts.url,
    sts_region: 'us-east-1',
    iam_server_id_header_value: 'vault.example.com',
  });
  for (const [name, principal] of Object.entries({ user, role, other })) {
    await vault.write(`auth/${path}/role/${name}`, {
      auth_type: 'iam',
      bound_iam_principal_arn: [principal],
      resolve_aws_unique_ids: false,
      token_policies: [secret.policy],
    });
  }
});

afterAll(async () => {
  await sts[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const secretRef = {
  accessKeyIDSecretRef: { name: 'aws', key: 'id' },
  secretAccessKeySecretRef: { name: 'aws', key: 'secret' },
};
const secrets = { aws: { id: `${keys.accessKeyId}\n`, secret: keys.secretAccessKey } };

async function connect(iam: object, options: TestHostOptions = {}): Promise<TestClient> {
  const settings = { path, vaultRole: 'user', vaultAwsIamServerID: 'vault.example.com', ...iam };
  const environment = { AWS_STS_ENDPOINT: sts.url, ...options.environment };
  return await connectTo(
    { server: vault.url, path: 'secret', auth: { iam: settings } },
    { secrets, ...options, environment },
  );
}

test('access keys from a Secret, with and without a session token', async () => {
  await using store = await connect({ secretRef });
  expect(await store.read({ key: secret.key })).toBe(secret.document);

  const sessionTokenSecretRef = { name: 'aws', key: 'token' };
  const { accessKeyId: id, secretAccessKey, sessionToken: token } = temporary;
  await using session = await connect(
    { secretRef: { ...secretRef, sessionTokenSecretRef } },
    { secrets: { aws: { id, secret: secretAccessKey, token } } },
  );
  expect(await session.read({ key: secret.key })).toBe(secret.document);
});

test('a role is assumed with an external ID', async () => {
  await using store = await connect({ secretRef, vaultRole: 'other', role: other, externalID: 'external-1' });
  expect(await store.read({ key: secret.key })).toBe(secret.document);
  expect(sts.calls).toContainEqual({
    Action: 'AssumeRole',
    Version: '2011-06-15',
    RoleArn: other,
    RoleSessionName: 'external-secrets-provider-vault',
    DurationSeconds: '900',
    ExternalId: 'external-1',
  });
  await using wrong = await connect({ secretRef, vaultRole: 'other', role: other, externalID: 'guess' });
  const error = await failureOf(wrong, secret.key);
  expect(error).toMatchObject({ code: 'unauthenticated', message: expect.stringContaining('AccessDenied') });
  expect((error as Error).message).not.toContain('4711');
});

test('a ServiceAccount: its role, its audience, and the audiences of the reference', async () => {
  const asked: object[] = [];
  const tokens = {
    app: (request: object) => {
      asked.push(request);
      return 'canary-token-4711';
    },
  };
  const iam = { vaultRole: 'role', jwt: { serviceAccountRef: { name: 'app', audiences: ['more'] } } };
  const annotations = { app: { 'eks.amazonaws.com/role-arn': role } };
  await using store = await connect(iam, { tokens, annotations });
  expect(await store.read({ key: secret.key })).toBe(secret.document);

  const own = { app: { ...annotations.app, 'eks.amazonaws.com/audience': 'own' } };
  await using other = await connect(iam, { tokens, annotations: own });
  expect(await other.read({ key: secret.key })).toBe(secret.document);
  expect(asked).toEqual([{ audiences: ['sts.amazonaws.com', 'more'] }, { audiences: ['own', 'more'] }]);

  await using plain = await connect(iam, { tokens, annotations: { app: {} } });
  expect(await failureOf(plain, secret.key)).toMatchObject({
    code: 'invalid-config',
    message: expect.stringContaining('eks.amazonaws.com/role-arn'),
  });
  await using refused = await connect(iam, { tokens: { app: 'canary-unknown-4711' }, annotations });
  const error = await failureOf(refused, secret.key);
  expect(error).toMatchObject({ code: 'unauthenticated', message: expect.stringContaining('InvalidIdentityToken') });
  expect((error as Error).message).not.toContain('4711');
});

test('the operator’s own Pod: a web identity, an agent on the node, or nothing', async () => {
  const tokenFile = join(folder, 'token');
  await writeFile(tokenFile, 'canary-token-4711\n');
  const environment = { AWS_WEB_IDENTITY_TOKEN_FILE: tokenFile, AWS_ROLE_ARN: role };
  await using identity = await connect({ vaultRole: 'role' }, { environment });
  expect(await identity.read({ key: secret.key })).toBe(secret.document);
  const missing = { ...environment, AWS_WEB_IDENTITY_TOKEN_FILE: join(folder, 'none') };
  await using noFile = await connect({ vaultRole: 'role' }, { environment: missing });
  expect(await failureOf(noFile, secret.key)).toMatchObject({ code: 'invalid-config' });

  const agent = createServer(({ headers }, response) => {
    const { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: Token } = temporary;
    const known = headers.authorization === 'canary-token-4711';
    response.writeHead(known ? 200 : 401).end(JSON.stringify({ AccessKeyId, SecretAccessKey, Token }));
  }).listen(0, '127.0.0.1');
  await once(agent, 'listening');
  const address = `http://127.0.0.1:${(agent.address() as AddressInfo).port}/v1/credentials`;
  const variables = { AWS_CONTAINER_CREDENTIALS_FULL_URI: address };
  const byFile = { ...variables, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: tokenFile };
  await using pod = await connect({}, { environment: byFile });
  expect(await pod.read({ key: secret.key })).toBe(secret.document);
  await using unknown = await connect({}, { environment: variables });
  expect(await failureOf(unknown, secret.key)).toMatchObject({ code: 'unauthenticated' });
  agent.close();

  const elsewhere = { AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://credentials.example.com/' };
  await using foreign = await connect({}, { environment: elsewhere });
  expect(await failureOf(foreign, secret.key)).toMatchObject({ code: 'invalid-config' });

  await using nothing = await connect({});
  expect(await failureOf(nothing, secret.key)).toMatchObject({
    code: 'invalid-config',
    message: expect.stringContaining('no AWS authentication method found'),
  });
});

test.each([
  ['a wrong secret key', { secretRef }, { aws: { id: keys.accessKeyId, secret: 'canary-wrong-4711' } }, 'AWS refused'],
  ['a role for somebody else', { secretRef, vaultRole: 'other' }, secrets, 'does not admit this AWS principal'],
  ['no such role', { secretRef, vaultRole: 'none' }, secrets, 'no such role'],
  ['another server ID', { secretRef, vaultAwsIamServerID: 'other' }, secrets, 'vaultAwsIamServerID'],
  ['no server ID', { secretRef, vaultAwsIamServerID: undefined }, secrets, 'vaultAwsIamServerID'],
])('%s is refused, and the error says why', async (_, iam, objects, text) => {
  await using store = await connect(iam, { secrets: objects });
  const error = await failureOf(store, secret.key);
  expect(error).toMatchObject({ code: 'unauthenticated', message: expect.stringContaining(text) });
  expect((error as Error).message).not.toContain('4711');
});

test('a region that is none is a mistake in the store: it would be part of a host name', async () => {
  for (const region of ['evil.example.com/', 'eu', '']) {
    await using store = await connect({ secretRef, region });
    const code = region === '' ? undefined : 'invalid-config';
    const error = await failureOf(store, secret.key);
    expect(error && (error as { code?: string }).code).toBe(code);
  }
});

test('half of the keys is a mistake in the store', async () => {
  await using store = await connect({ secretRef: { accessKeyIDSecretRef: secretRef.accessKeyIDSecretRef } });
  expect(await failureOf(store, secret.key)).toMatchObject({ code: 'invalid-config' });
});
