import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { TestHostOptions } from '@esox/provider-testkit';
import { startVault, testbed, type Vault } from '@esox/testbed';
import { certificateAuthority, type KeyPair } from './certificates.fixture.ts';
import { cluster, location, project } from './google-answers.fixture.ts';
import { type GoogleServer, googleServer } from './google.fixture.ts';
import { failureOf, readableSecret, type ReadableSecret } from './vault-login.fixture.ts';
import { connectTo, type TestClient } from './vault-store.fixture.ts';

const account = `app@${project}.iam.gserviceaccount.com`;
const workload = `workload@${project}.iam.gserviceaccount.com`;
const hosts = ['www', 'oauth2', 'iam', 'compute', 'securetoken', 'iamcredentials'].map(
  (name) => `${name}.googleapis.com`,
);

let google: GoogleServer;
let vault: Vault;
let secret: ReadableSecret;
let accountKey: KeyPair;
let ca: string;
let folder: string;

/** A Vault of its own, for which the internet is the Google of this test. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vault-gcp-'));
  const authority = await certificateAuthority(testbed().vault, 'rsa');
  ca = authority.certificate;
  await writeFile(join(folder, 'ca.crt'), ca);
  accountKey = await authority.issue('app');
  const vaultKey = await authority.issue('vault');
  google = await googleServer(await authority.issue('google', hosts), {
    google: await authority.issue('signer'),
    account,
    accountKey,
    workload,
    serviceAccountToken: 'canary-token-4711',
    vaultKey,
  });
  vault = await startVault({
    environment: { HTTPS_PROXY: google.proxyUrl, SSL_CERT_FILE: join(folder, 'ca.crt'), NO_PROXY: '127.0.0.1' },
  });
  secret = await readableSecret(vault);
  await vault.write('sys/auth/gcp', { type: 'gcp' });
  const vaultAccount = keyFile(`vault@${project}.iam.gserviceaccount.com`, 'vault-key', vaultKey);
  await vault.write('auth/gcp/config', { credentials: vaultAccount });
  const token = { token_policies: [secret.policy], token_ttl: '1h' };
  for (const [name, email] of Object.entries({ account, workload })) {
    await vault.write(`auth/gcp/role/${name}`, { type: 'iam', bound_service_accounts: [email], ...token });
  }
  await vault.write('auth/gcp/role/instance', { type: 'gce', bound_projects: [project], ...token });
});

afterAll(async () => {
  await vault[Symbol.asyncDispose]();
  await google[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

afterEach(() => expect(google.unknown).toEqual([]));

function keyFile(email: string, id: string, { private_key }: KeyPair): string {
  return JSON.stringify({
    type: 'service_account',
    project_id: project,
    private_key_id: id,
    private_key,
    client_email: email,
    client_id: '1',
    token_uri: 'https://oauth2.googleapis.com/token',
  });
}

async function connect(gcp: object, options: TestHostOptions = {}): Promise<TestClient> {
  const httpDefaults = { proxy: google.proxyUrl, ca: Buffer.from(ca) };
  const auth = { gcp: { role: 'account', ...gcp } };
  const caBundle = Buffer.from(vault.caPem).toString('base64');
  return await connectTo({ server: vault.tlsUrl, caBundle, path: 'secret', auth }, { httpDefaults, ...options });
}

const secretRef = { secretAccessKeySecretRef: { name: 'google', key: 'key.json' } };
const secrets = (text: string) => ({ google: { 'key.json': text } });

test('the key of a service account signs for itself; Google is not asked', async () => {
  const before = google.requests.length;
  await using store = await connect({ secretRef }, { secrets: secrets(keyFile(account, 'key-1', accountKey)) });
  expect(await store.read({ key: secret.key })).toBe(secret.document);
  const hostsAsked = google.requests.slice(before).map((request) => request.split(' ')[0]);
  expect(hostsAsked).not.toContain('iamcredentials.googleapis.com');
});

test.each([
  ['a role for another account', { role: 'workload' }, () => keyFile(account, 'key-1', accountKey), 'does not admit'],
  ['no such role', { role: 'none' }, () => keyFile(account, 'key-1', accountKey), 'no such role'],
  ['a key that Google does not know', {}, () => keyFile(account, 'key-2', accountKey), 'does not know the key'],
])('%s is refused, and the error says why', async (_, gcp, file, why) => {
  await using store = await connect({ secretRef, ...gcp }, { secrets: secrets(file()) });
  const error = await failureOf(store, secret.key);
  expect(error).toMatchObject({ code: 'unauthenticated', message: expect.stringContaining(why) });
});

test.each(['canary-4711', '{}', '{"client_email":"a","private_key_id":"b","private_key":"canary-4711"}'])(
  'a Secret that holds no key is a failed login, and is not quoted',
  async (text) => {
    await using store = await connect({ secretRef }, { secrets: secrets(text) });
    const error = await failureOf(store, secret.key);
    expect(error).toMatchObject({ code: 'unauthenticated', message: expect.stringContaining('auth.gcp.secretRef') });
    expect((error as Error).message).not.toContain('4711');
  },
);

const annotations = { app: { 'iam.gke.io/gcp-service-account': workload } };

test('workload identity: Google signs for the account that a ServiceAccount stands for', async () => {
  const asked: object[] = [];
  const tokens = {
    app: (request: object) => {
      asked.push(request);
      return 'canary-token-4711';
    },
  };
  const serviceAccountRef = { name: 'app', audiences: ['more'] };
  const whole = { clusterProjectID: project, clusterLocation: location, clusterName: cluster };
  for (const gcp of [
    { workloadIdentity: { serviceAccountRef, ...whole } },
    { workloadIdentity: { serviceAccountRef } },
    { projectID: project, location, serviceAccountRef },
  ]) {
    await using store = await connect({ role: 'workload', ...gcp }, { tokens, annotations });
    expect(await store.read({ key: secret.key })).toBe(secret.document);
  }
  const request = { audiences: [`${project}.svc.id.goog`, 'more'], expirationSeconds: 900 };
  expect(asked).toEqual([request, request, request]);
});

test('workload identity: what Google refuses, and an account without a name, are failed logins', async () => {
  const workloadIdentity = { serviceAccountRef: { name: 'app' } };
  const gcp = { role: 'workload', workloadIdentity };
  await using plain = await connect(gcp, { tokens: { app: 'canary-token-4711' }, annotations: { app: {} } });
  expect(await failureOf(plain, secret.key)).toMatchObject({
    code: 'invalid-config',
    message: expect.stringContaining('iam.gke.io/gcp-service-account'),
  });
  await using stranger = await connect(gcp, { tokens: { app: 'canary-other-4711' }, annotations });
  await using foreign = await connect(gcp, {
    tokens: { app: 'canary-token-4711' },
    annotations: { app: { 'iam.gke.io/gcp-service-account': account } },
  });
  for (const store of [stranger, foreign]) {
    const error = await failureOf(store, secret.key);
    expect(error).toMatchObject({ code: 'unauthenticated', message: expect.stringContaining('HTTP 403') });
    expect((error as Error).message).not.toContain('4711');
  }
});

test('without either the instance of the operator identifies itself', async () => {
  await using store = await connect({ role: 'instance' });
  expect(await store.read({ key: secret.key })).toBe(secret.document);
});
