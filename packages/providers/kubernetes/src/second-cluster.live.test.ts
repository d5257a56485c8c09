import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ApiServer, startKubeApiServer, testbed } from '@esox/testbed';
import { call, connectTo, storeSecret, unique } from './remote-cluster.fixture.ts';

// A second cluster, with an API server of its own that knows client certificates.
const { etcd, kubernetes: first, vault } = testbed();
const namespace = 'default';

let folder: string;
let remote: ApiServer;
let pki: string;

interface KeyPair {
  readonly certificate: string;
  readonly private_key: string;
}

async function issue(name: string): Promise<KeyPair> {
  const { data } = await vault.write(`${pki}/issue/any`, { common_name: name, ttl: '1h' });
  return data as unknown as KeyPair; // Vault's PKI answers both as PEM
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'esox-second-cluster-'));
  pki = unique('pki');
  await vault.write(`sys/mounts/${pki}`, { type: 'pki' });
  const key = { key_type: 'ec', key_bits: 256 };
  const root = await vault.write(`${pki}/root/generate/internal`, { common_name: 'clients', ttl: '24h', ...key });
  await vault.write(`${pki}/roles/any`, { allow_any_name: true, enforce_hostnames: false, ...key });
  const clients = join(folder, 'clients.crt');
  await writeFile(clients, String(root.data?.['certificate']));
  remote = await startKubeApiServer({
    etcdUrl: etcd.url,
    etcdPrefix: `/${unique('second')}`,
    flags: [`--client-ca-file=${clients}`],
  });
  await storeSecret(remote, namespace, 'app', { data: { where: 'second' } });
});

afterAll(async () => {
  await remote?.close();
  await rm(folder, { recursive: true, force: true });
});

const server = () => ({ url: remote.url, caBundle: Buffer.from(remote.caPem).toString('base64') });

/** Lets a user of the second cluster read its Secrets. */
async function grant(subject: object): Promise<void> {
  const rbac = '/apis/rbac.authorization.k8s.io/v1/namespaces/default';
  const name = unique('reader');
  const rules = [{ apiGroups: [''], resources: ['secrets'], verbs: ['get'] }];
  await remote.client.call({ method: 'POST', path: `${rbac}/roles`, body: { metadata: { name }, rules } });
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name };
  const body = { metadata: { name }, roleRef, subjects: [subject] };
  await remote.client.call({ method: 'POST', path: `${rbac}/rolebindings`, body });
}

const user = (name: string) => ({ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name });

test('a ServiceAccount: a real token of it, for an hour and the audiences of the store', async () => {
  await remote.createUser({ namespace, name: 'syncer' });
  await grant({ kind: 'ServiceAccount', namespace, name: 'syncer' });
  const asked: object[] = [];
  const tokens = {
    async syncer(spec: object) {
      asked.push(spec);
      const path = `/api/v1/namespaces/${namespace}/serviceaccounts/syncer/token`;
      const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec };
      const { status } = await remote.client.call<{ status: { token: string } }>({ method: 'POST', path, body });
      return status.token;
    },
  };
  const issuer = 'https://kubernetes.default.svc';
  const serviceAccount = { name: 'syncer', audiences: [issuer] };
  await using store = await connectTo({ server: server(), auth: { serviceAccount } }, { tokens });
  expect(await store.client.check(call())).toBe('ready');
  expect(await store.read({ key: 'app' })).toEqual({ where: 'second' });
  expect(asked).toEqual([{ audiences: [issuer], expirationSeconds: 3600 }]);

  const foreign = { name: 'syncer', audiences: ['elsewhere'] };
  await using wrong = await connectTo({ server: server(), auth: { serviceAccount: foreign } }, { tokens });
  expect(await wrong.read({ key: 'app' })).toBe('unauthenticated');
});

test('a token of another cluster is not accepted', async () => {
  const home = await first.createNamespace({ prefix: 'home' });
  const { token } = await first.createUser({ namespace: home, name: 'syncer' });
  const auth = { token: { bearerToken: { name: 'login', key: 'token' } } };
  await using store = await connectTo({ server: server(), auth }, { secrets: { login: { token } } });
  expect(await store.read({ key: 'app' })).toBe('unauthenticated');
  await expect(store.client.check(call())).rejects.toMatchObject({ code: 'unauthenticated' });
});

test('a client certificate logs in, one without rights is denied, and a key of another one refused', async () => {
  await grant(user('jane'));
  const [jane, joe] = [await issue('jane'), await issue('joe')];
  const cert = {
    clientCert: { name: 'cert', key: 'tls.crt' },
    clientKey: { name: 'cert', key: 'tls.key' },
  };
  const read = async ({ certificate, private_key: key }: KeyPair): Promise<unknown> => {
    const secrets = { cert: { 'tls.crt': certificate, 'tls.key': key } };
    await using store = await connectTo({ server: server(), auth: { cert } }, { secrets });
    return await store.read({ key: 'app' });
  };
  expect(await read(jane)).toEqual({ where: 'second' });
  expect(await read(joe)).toBe('denied');
  await expect(read({ ...jane, private_key: joe.private_key })).rejects.toMatchObject({
    code: 'invalid-config',
    message: 'auth.cert.clientKey is not the private key of auth.cert.clientCert',
  });
  await expect(read({ ...jane, certificate: 'canary' })).rejects.toMatchObject({
    code: 'invalid-config',
    message: expect.not.stringContaining('canary'),
  });
});

test('a kubeconfig with a client certificate, and one with a token, stand for the whole login', async () => {
  const { certificate, private_key: key } = await issue('kate');
  await grant(user('kate'));
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const withToken = JSON.parse(remote.kubeconfig()) as { users: unknown[] };
  const identity = { 'client-certificate-data': base64(certificate), 'client-key-data': base64(key) };
  const withCertificate = { ...withToken, users: [{ name: 'testbed', user: identity }] };
  for (const kubeconfig of [withToken, withCertificate]) {
    const secrets = { login: { config: JSON.stringify(kubeconfig) } };
    // The server is not looked at then.
    const settings = { authRef: { name: 'login', key: 'config' }, server: { url: 'https://elsewhere.invalid' } };
    await using store = await connectTo(settings, { secrets });
    expect(await store.read({ key: 'app' })).toEqual({ where: 'second' });
  }
});

test('the CA comes from a bundle, a ConfigMap or a Secret; without one the system’s do not know it', async () => {
  const secrets = { login: { token: remote.adminToken }, ca: { 'ca.crt': remote.caPem } };
  const configMaps = { ca: { 'ca.crt': remote.caPem } };
  const auth = { token: { bearerToken: { name: 'login', key: 'token' } } };
  for (const trust of [
    { caBundle: server().caBundle },
    { caProvider: { type: 'ConfigMap', name: 'ca', key: 'ca.crt' } as const },
    { caProvider: { type: 'Secret', name: 'ca', key: 'ca.crt' } as const },
  ]) {
    const settings = { server: { url: remote.url, ...trust }, auth };
    await using store = await connectTo(settings, { secrets, configMaps });
    expect(await store.read({ key: 'app' })).toEqual({ where: 'second' });
  }
  await using untrusted = await connectTo({ server: { url: remote.url }, auth }, { secrets });
  const [outcome] = await untrusted.client.read([{ key: 'app' }], call());
  expect(outcome).toMatchObject({
    ok: false,
    error: { code: 'unavailable', message: expect.stringContaining('tls-verify') },
  });
});

test('an address without a scheme is https', async () => {
  const secrets = { login: { token: remote.adminToken } };
  const auth = { token: { bearerToken: { name: 'login', key: 'token' } } };
  const url = remote.url.replace('https://', '');
  await using store = await connectTo({ server: { ...server(), url }, auth }, { secrets });
  expect(await store.read({ key: 'app' })).toEqual({ where: 'second' });
});

test('a restart and an outage of the server are unavailable, and over when it is back', async () => {
  const secrets = { login: { token: remote.adminToken } };
  const auth = { token: { bearerToken: { name: 'login', key: 'token' } } };
  await using store = await connectTo({ server: server(), auth }, { secrets });
  expect(await store.read({ key: 'app' })).toEqual({ where: 'second' });
  await remote.kill();
  expect(await store.read({ key: 'app' })).toBe('unavailable');
  expect(await store.read({ key: 'absent' })).toBe('unavailable');
  await expect(store.find({ name: 'app' })).rejects.toMatchObject({ code: 'unavailable' });
  await expect(store.client.check(call())).rejects.toMatchObject({ code: 'unavailable' });
  await remote.start();
  expect(await store.read({ key: 'app' })).toEqual({ where: 'second' });
});
