import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testbed } from '@esox/testbed';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { findConnection } from './find-connection.ts';
import { CONFIG_MAPS, openCluster, systemClock, type TestCluster } from './kube-cluster.fixture.ts';

const { kubernetes } = testbed();
const { signal } = new AbortController();

let folder: string;
let namespace: string;
let token: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'esox-credentials-'));
  namespace = await kubernetes.createNamespace({ prefix: 'credentials' });
  const rules = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get'] }];
  ({ token } = await kubernetes.createUser({ namespace, name: 'reader', rules }));
});
afterEach(() => rm(folder, { recursive: true }));

/** A cluster as the testbed's kubeconfig has it, with another user, and other settings of the cluster. */
async function openWith(user: object, settings: object = {}): Promise<TestCluster> {
  const document = parse(kubernetes.kubeconfig());
  document.users[0].user = user;
  Object.assign(document.clusters[0].cluster, settings);
  const path = join(folder, 'kubeconfig');
  await writeFile(path, stringify(document));
  const connection = await findConnection({ clock: systemClock, environment: {}, kubeconfig: path });
  if (connection === undefined) throw new Error('the kubeconfig leads nowhere');
  return await openCluster({ connection });
}

function read({ cluster }: TestCluster): Promise<unknown> {
  return cluster.get(CONFIG_MAPS, { namespace, name: 'missing' }, { signal });
}

test('goes on with the new token when a token file was replaced, and no caller sees it', async () => {
  const tokenFile = join(folder, 'token');
  await writeFile(tokenFile, 'revoked');
  await using open = await openWith({ tokenFile });
  await expect(read(open)).rejects.toMatchObject({ code: 'unauthenticated' });
  await writeFile(tokenFile, token);
  const before = open.observed.requests.length;
  expect(await Promise.all([read(open), read(open)])).toEqual([undefined, undefined]);
  const statuses = open.observed.requests.slice(before).map(({ status }) => status);
  expect(statuses.filter((status) => status === 404)).toHaveLength(2);
  expect(statuses.filter((status) => status === 401)).toHaveLength(2);
});

test('asks a command for credentials once, tells it the API version, and again when they are refused', async () => {
  const command = join(folder, 'plugin.mjs');
  const calls = join(folder, 'calls');
  const script = `#!${process.execPath}
import { appendFileSync, readFileSync } from 'node:fs';
appendFileSync('${calls}', process.env.KUBERNETES_EXEC_INFO + process.env.EXTRA + '\\n');
const token = readFileSync('${join(folder, 'token')}', 'utf8');
console.log(JSON.stringify({ apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status: { token } }));
`;
  await writeFile(command, script);
  await chmod(command, 0o755);
  await writeFile(join(folder, 'token'), 'revoked');
  const env = [{ name: 'EXTRA', value: '-extra' }];
  const exec = {
    apiVersion: 'client.authentication.k8s.io/v1',
    command: './plugin.mjs',
    env,
    interactiveMode: 'Never',
  };
  await using open = await openWith({ exec });
  await expect(read(open)).rejects.toMatchObject({ code: 'unauthenticated' });
  await writeFile(join(folder, 'token'), token);
  await read(open);
  await read(open);
  await using fresh = await openWith({ exec });
  await Promise.all(Array.from({ length: 10 }, () => read(fresh)));
  const lines = (await readFile(calls, 'utf8')).trim().split('\n');
  // Once at first; again since its token was refused; again since that one's was; once for all ten.
  expect(lines).toHaveLength(4);
  expect(lines[0]).toContain('"apiVersion":"client.authentication.k8s.io/v1"');
  expect(lines[0]).toMatch(/-extra$/);
});

test('a command that fails is named, and nothing of what it says', async () => {
  const command = join(folder, 'plugin.sh');
  await writeFile(command, '#!/bin/sh\necho canary-token >&2\nexit 1\n');
  await chmod(command, 0o755);
  await using open = await openWith({ exec: { apiVersion: 'client.authentication.k8s.io/v1', command } });
  const error: unknown = await read(open).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: 'unauthenticated' });
  expect(String(error)).toContain(`The command ${command} of kubeconfig user`);
  expect(String(error)).not.toContain('canary');
});

test('sends the token that the auth-provider oidc has', async () => {
  const config = { 'id-token': token, 'client-id': 'esox', 'idp-issuer-url': 'https://issuer.example' };
  await using open = await openWith({ 'auth-provider': { name: 'oidc', config } });
  expect(await read(open)).toBeUndefined();
});

test('acts as another user when the kubeconfig says so', async () => {
  const { adminToken } = kubernetes;
  await using open = await openWith({ token: adminToken, as: `system:serviceaccount:${namespace}:reader` });
  expect(await read(open)).toBeUndefined();
  await using other = await openWith({ token: adminToken, as: 'system:serviceaccount:default:nobody' });
  await expect(read(other)).rejects.toMatchObject({ code: 'forbidden' });
});

test('refuses a server whose certificate it cannot check, unless told not to', async () => {
  const self = { 'certificate-authority-data': undefined, 'certificate-authority': undefined };
  await using strict = await openWith({ token }, self);
  await expect(read(strict)).rejects.toMatchObject({ code: 'unavailable' });
  await expect(read(strict)).rejects.toThrow(/could not be reached \([A-Z_]+\)/);
  await using lax = await openWith({ token }, { ...self, 'insecure-skip-tls-verify': true });
  expect(await read(lax)).toBeUndefined();
});

test('goes through the proxy that the kubeconfig names', async () => {
  const targets: string[] = [];
  const proxy = await startConnectProxy((target) => targets.push(target));
  try {
    const { port } = proxy.address() as AddressInfo;
    await using open = await openWith({ token }, { 'proxy-url': `http://127.0.0.1:${port}` });
    expect(await read(open)).toBeUndefined();
    expect(targets).toEqual([new URL(kubernetes.url).host]);
  } finally {
    proxy.close();
  }
});

function startConnectProxy(onConnect: (target: string) => void): Promise<Server> {
  const server = createServer();
  server.on('connect', (request: IncomingMessage, client: Socket) => {
    const target = request.url ?? '';
    onConnect(target);
    const [host = '', port] = target.split(':');
    const upstream = connect(Number(port), host, () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n');
      upstream.pipe(client).pipe(upstream);
    });
    upstream.on('error', () => client.destroy());
    client.on('error', () => upstream.destroy());
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}
