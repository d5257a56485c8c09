import { beforeAll, expect, test } from 'vitest';
import { testbed } from '@esox/testbed';
import { failureOf, readableSecret, type ReadableSecret } from './vault-login.fixture.ts';
import { call, connectTo, unique } from './vault-store.fixture.ts';

const { vault } = testbed();
const common = { server: vault.tlsUrl, path: 'secret', caBundle: Buffer.from(vault.caPem).toString('base64') };
const cert = { clientCert: { name: 'client', key: 'tls.crt' }, secretRef: { name: 'client', key: 'tls.key' } };

interface KeyPair {
  readonly certificate: string;
  readonly private_key: string;
}

let secret: ReadableSecret;
let path: string;
let client: KeyPair;
let stranger: KeyPair;

beforeAll(async () => {
  secret = await readableSecret(vault);
  const pki = unique('pki');
  await vault.write(`sys/mounts/${pki}`, { type: 'pki' });
  const root = await vault.write(`${pki}/root/generate/internal`, { common_name: 'clients', ttl: '24h' });
  await vault.write(`${pki}/roles/any`, { allow_any_name: true, enforce_hostnames: false });
  const issue = async (name: string): Promise<KeyPair> => {
    const { data } = await vault.write(`${pki}/issue/any`, { common_name: name, ttl: '1h' });
    return data as unknown as KeyPair; // Vault's PKI answers both as PEM
  };
  [client, stranger] = [await issue('client'), await issue('stranger')];
  path = unique('cert');
  await vault.write(`sys/auth/${path}`, { type: 'cert' });
  const certificate = root.data?.['certificate'];
  const role = { certificate, token_policies: [secret.policy], token_ttl: '1h' };
  await vault.write(`auth/${path}/certs/app`, { ...role, allowed_common_names: ['client'] });
  await vault.write(`auth/${path}/certs/other`, { ...role, allowed_common_names: ['nobody'] });
});

const pairOf = ({ certificate, private_key }: KeyPair) => ({
  client: { 'tls.crt': certificate, 'tls.key': private_key },
});

/** Tokens of this login that Vault still knows. */
async function livingTokens(): Promise<number> {
  const { body } = await vault.request('LIST', 'auth/token/accessors');
  const accessors: unknown[] = Array.isArray(body.data?.['keys']) ? body.data['keys'] : [];
  const lookUps = await Promise.all(
    accessors.map((accessor) => vault.request('POST', 'auth/token/lookup-accessor', { accessor })),
  );
  return lookUps.filter(({ body: { data } }) => data?.['path'] === `auth/${path}/login`).length;
}

test('cert: a role is found by the certificate, or is named; the token is revoked in the end', async () => {
  for (const vaultRole of [undefined, '', 'app']) {
    const login = { path, ...cert, ...(vaultRole !== undefined && { vaultRole }) };
    await using store = await connectTo({ ...common, auth: { cert: login } }, { secrets: pairOf(client) });
    expect(await store.read({ key: secret.key })).toBe(secret.document);
    expect(await store.client.check(call())).toBe('ready');
    expect(await livingTokens()).toBe(1);
  }
  expect(await livingTokens()).toBe(0);
});

test.each([
  ['a role that wants another certificate', () => client, 'other'],
  ['a role that does not exist', () => client, 'no-such-role'],
  ['a certificate that no role admits', () => stranger, undefined],
])('cert: %s is refused, and no key is quoted', async (_, pair, vaultRole) => {
  const login = { path, ...cert, ...(vaultRole && { vaultRole }) };
  await using store = await connectTo({ ...common, auth: { cert: login } }, { secrets: pairOf(pair()) });
  const error = await failureOf(store, secret.key);
  expect(error).toMatchObject({
    code: 'unauthenticated',
    message: expect.stringMatching(`auth/${path}/login with HTTP \\d+: (no role admits|there is no such role)`),
  });
  expect((error as Error).message).not.toContain('PRIVATE KEY');
});

test('cert: a key of another certificate is a mistake in the store, named by its field', async () => {
  const secrets = { client: { 'tls.crt': client.certificate, 'tls.key': stranger.private_key } };
  await expect(connectTo({ ...common, auth: { cert: { path, ...cert } } }, { secrets })).rejects.toMatchObject({
    code: 'invalid-config',
    message: expect.stringContaining('auth.cert.secretRef is not the private key of auth.cert.clientCert'),
  });
});

test('cert: without certificate or key it is a mistake in the store', async () => {
  for (const half of [{ clientCert: cert.clientCert }, { secretRef: cert.secretRef }, {}]) {
    await expect(connectTo({ ...common, auth: { cert: half } }, { secrets: pairOf(client) })).rejects.toMatchObject({
      code: 'invalid-config',
      message: expect.stringContaining('auth.cert needs'),
    });
  }
});

test('cert: a cluster store whose certificate lies with its consumer is unknown', async () => {
  const store = { kind: 'ClusterSecretStore', namespace: undefined, consumerNamespace: undefined } as const;
  await using waiting = await connectTo({ ...common, auth: { cert: { path, ...cert } } }, { store });
  expect(await waiting.client.check(call())).toBe('unknown');
});
