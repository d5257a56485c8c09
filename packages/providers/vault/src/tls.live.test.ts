import { once } from 'node:events';
import { request } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testbed } from '@esox/testbed';
import { certificateAuthority, type KeyPair } from './certificates.fixture.ts';
import { call, connectAsRoot, unique } from './vault-store.fixture.ts';

const { vault } = testbed();
const key = `${unique('tls')}/app`;

let ca = '';
let server: KeyPair;
let client: KeyPair;
let otherClient: KeyPair;
let tlsVault: Awaited<ReturnType<typeof startTlsVault>>;

async function issueCertificates(): Promise<void> {
  const authority = await certificateAuthority(vault);
  ca = authority.certificate;
  [server, client, otherClient] = [
    await authority.issue('server'),
    await authority.issue('client'),
    await authority.issue('other'),
  ];
}

/** The real Vault behind TLS that asks for a client certificate. */
async function startTlsVault() {
  const clients: string[] = [];
  const { hostname, port } = new URL(vault.url);
  const listener = createServer(
    { cert: server.certificate, key: server.private_key, ca, requestCert: true, rejectUnauthorized: false },
    (incoming, outgoing) => {
      const socket = incoming.socket as TLSSocket; // that of an https server
      clients.push(socket.authorized ? String(socket.getPeerCertificate().subject.CN) : 'nobody');
      const { method = 'GET', url: path = '/', headers } = incoming;
      incoming.pipe(
        request({ hostname, port, method, path, headers }, (answer) => {
          outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(outgoing);
        }),
      );
    },
  );
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  return {
    url: `https://127.0.0.1:${(listener.address() as AddressInfo).port}`,
    clients,
    async stop() {
      listener.close();
      listener.closeAllConnections();
      await once(listener, 'close');
    },
  };
}

beforeAll(async () => {
  await issueCertificates();
  tlsVault = await startTlsVault();
  await vault.write(`secret/data/${key}`, { data: { a: 'b' } });
});

afterAll(() => tlsVault.stop());

const base64 = (text: string): string => Buffer.from(text).toString('base64');

async function read(settings: object, objects: { secrets?: object; configMaps?: object } = {}, store = {}) {
  const secrets = { 'vault-token': { token: vault.rootToken }, ...objects.secrets };
  const options = { secrets, configMaps: { ...objects.configMaps }, store };
  await using connected = await connectAsRoot({ url: tlsVault.url, rootToken: vault.rootToken }, settings, options);
  const [outcome] = await connected.client.read([{ key }], call());
  return outcome?.ok ? 'read' : outcome?.error.code;
}

test('an authority from caBundle, encoded once or twice, broken into lines or not', async () => {
  const lines = base64(ca).replace(/.{76}/g, '$&\n');
  for (const caBundle of [base64(ca), lines, base64(base64(ca))]) expect(await read({ caBundle })).toBe('read');
});

test('an authority from a Secret and from a ConfigMap', async () => {
  const secrets = { ca: { 'ca.crt': ca } };
  expect(await read({ caProvider: { type: 'Secret', name: 'ca', key: 'ca.crt' } }, { secrets })).toBe('read');
  const configMaps = { ca: { 'ca.crt': ca } };
  expect(await read({ caProvider: { type: 'ConfigMap', name: 'ca', key: 'ca.crt' } }, { configMaps })).toBe('read');
});

test('without the right authority not even the token is sent', async () => {
  const before = tlsVault.clients.length;
  expect(await read({})).toBe('unavailable');
  expect(await read({ caBundle: base64(testbed().kubernetes.caPem) })).toBe('unavailable');
  expect(tlsVault.clients.length).toBe(before);
});

test.each([
  ['text in place of certificates', { caBundle: base64('no certificate') }],
  ['broken base64 inside', { caBundle: base64('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----') }],
  ['a ConfigMap without a certificate', { caProvider: { type: 'ConfigMap', name: 'empty', key: 'ca.crt' } }],
  ['another namespace', { caProvider: { type: 'ConfigMap', name: 'empty', key: 'ca.crt', namespace: 'other' } }],
])('%s is a mistake in the store', async (_, settings) => {
  const configMaps = { empty: { 'ca.crt': 'nothing' } };
  await expect(read(settings, { configMaps })).rejects.toMatchObject({ code: 'invalid-config' });
});

test('a ClusterSecretStore must say where its authority lies', async () => {
  const store = { kind: 'ClusterSecretStore', namespace: undefined } as const;
  const configMaps = { 'platform/ca': { 'ca.crt': ca } };
  const caProvider = { type: 'ConfigMap', name: 'ca', key: 'ca.crt' };
  await expect(read({ caProvider }, { configMaps }, store)).rejects.toMatchObject({ code: 'invalid-config' });
  expect(await read({ caProvider: { ...caProvider, namespace: 'platform' } }, { configMaps }, store)).toBe('read');
});

test('a client certificate is shown to the server', async () => {
  const tls = { certSecretRef: { name: 'client' }, keySecretRef: { name: 'client' } };
  const secrets = { client: { 'tls.crt': client.certificate, 'tls.key': client.private_key } };
  expect(await read({ caBundle: base64(ca), tls }, { secrets })).toBe('read');
  expect(tlsVault.clients.at(-1)).toBe('client');
});

test.each([
  ['of another certificate', () => otherClient.private_key, 'is not the private key of'],
  ['that is none', () => 'canary-4711', 'holds no unencrypted PEM private key'],
])('a private key %s is a mistake in the store, and is not quoted', async (_, privateKey, text) => {
  const tls = { certSecretRef: { name: 'client', key: 'cert' }, keySecretRef: { name: 'client', key: 'key' } };
  const secrets = { client: { cert: client.certificate, key: privateKey() } };
  const error = await read({ caBundle: base64(ca), tls }, { secrets }).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: 'invalid-config', message: expect.stringContaining(text) });
  expect((error as Error).message).not.toContain('canary-4711');
});
