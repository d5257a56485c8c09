import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FakeClock } from '../fake-clock.fixture.ts';
import { findConnection, type FindConnectionOptions } from './find-connection.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'esox-connection-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function write(name: string, content: string): Promise<string> {
  const path = join(folder, name);
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, content);
  return path;
}

function find(options: Partial<FindConnectionOptions>): ReturnType<typeof findConnection> {
  return findConnection({ clock: new FakeClock(), environment: {}, ...options });
}

/** A kubeconfig with one context of this name, which talks to `https://<name>.example:6443`. */
function kubeconfig(name: string, user = 'token: a-token'): string {
  return `
apiVersion: v1
kind: Config
current-context: ${name}
contexts:
  - name: ${name}
    context: { cluster: ${name}-cluster, user: ${name}-user, namespace: ${name}-space }
clusters:
  - name: ${name}-cluster
    cluster: { server: 'https://${name}.example:6443' }
users:
  - name: ${name}-user
    user: { ${user} }
`;
}

test('takes what was asked for first, then KUBECONFIG, then its own cluster, then the home folder', async () => {
  const asked = await write('asked', kubeconfig('asked'));
  const KUBECONFIG = await write('environment', kubeconfig('environment'));
  await write('home/.kube/config', kubeconfig('home'));
  const serviceAccountFolder = join(folder, 'account');
  await write('account/ca.crt', 'a certificate');
  await write('account/token', 'pod-token\n');
  await write('account/namespace', 'pod-space\n');
  const pod = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' };
  const HOME = join(folder, 'home');

  const all = { KUBECONFIG, HOME, ...pod };
  expect((await find({ kubeconfig: asked, environment: all }))?.server.host).toBe('asked.example:6443');
  expect((await find({ environment: all }))?.server.host).toBe('environment.example:6443');
  const inside = await find({ environment: { HOME, ...pod }, serviceAccountFolder });
  expect(inside).toMatchObject({ tls: { ca: 'a certificate' }, namespace: 'pod-space' });
  expect(inside?.server.href).toBe('https://[fd00::1]/');
  expect(await inside?.credentials.current()).toEqual({ authorization: 'Bearer pod-token' });
  const home = await find({ environment: { HOME } });
  expect([home?.server.host, home?.namespace]).toEqual(['home.example:6443', 'home-space']);
  expect(await find({ environment: { HOME: folder } })).toBeUndefined();
  expect(await find({})).toBeUndefined();
});

test('merges several files: the first to name an entry wins, and those that are missing are passed over', async () => {
  const one = await write('one', kubeconfig('one'));
  const two = await write('two', kubeconfig('two') + '\n');
  const paths = [join(folder, 'missing'), one, two].join(delimiter);
  expect((await find({ kubeconfig: paths }))?.server.host).toBe('one.example:6443');
  expect((await find({ kubeconfig: paths, context: 'two' }))?.server.host).toBe('two.example:6443');
});

test.each([
  ['token: a-token', { authorization: 'Bearer a-token' }],
  ['token: a-token, tokenFile: token-file', { authorization: 'Bearer file-token' }],
  [
    'username: jane, password: "s3cret:x"',
    { authorization: `Basic ${Buffer.from('jane:s3cret:x').toString('base64')}` },
  ],
  [
    `client-certificate-data: ${Buffer.from('cert').toString('base64')}, client-key: key.pem`,
    { certificate: { cert: 'cert', key: 'a key' } },
  ],
  ['', {}],
])('reads the user {%s}, with paths from the kubeconfig’s folder', async (user, credentials) => {
  await write('token-file', 'file-token\n');
  await write('key.pem', 'a key');
  const path = await write('kubeconfig', kubeconfig('one', user));
  const connection = await find({ kubeconfig: path });
  expect(await connection?.credentials.current()).toEqual(credentials);
});

test('reads what is said about the cluster, also as JSON', async () => {
  const cluster = {
    server: 'https://proxy.example/k8s/clusters/c-1',
    'certificate-authority-data': Buffer.from('ca').toString('base64'),
    'tls-server-name': 'kubernetes',
    'insecure-skip-tls-verify': true,
    'proxy-url': 'http://proxy:3128',
  };
  const document = {
    'current-context': 'one',
    contexts: [{ name: 'one', context: { cluster: 'a', user: 'b' } }],
    clusters: [{ name: 'a', cluster }],
    users: [{ name: 'b', user: { token: 't', as: 'jane', 'as-uid': '7', 'as-groups': ['admins'] } }],
  };
  const connection = await find({ kubeconfig: await write('kubeconfig', JSON.stringify(document)) });
  expect(connection?.server.pathname).toBe('/k8s/clusters/c-1');
  expect(connection).toMatchObject({
    tls: { ca: 'ca', serverName: 'kubernetes', skipVerification: true },
    proxyUrl: 'http://proxy:3128',
    headers: { 'impersonate-user': 'jane', 'impersonate-uid': '7', 'impersonate-group': 'admins' },
  });
});

test.each([
  ['no file', undefined, /there is no such file/],
  ['no YAML', 'token: "canary', /is no YAML mapping/],
  ['no context', 'kind: Config', /no current-context is set/],
  ['a context that is missing', 'current-context: gone', /contexts has no entry "gone"/],
  [
    'a server that is no URL',
    kubeconfig('one').replace(/server: '.*'/, "server: 'canary host'"),
    /is no http\(s\) URL/,
  ],
  ['a plugin of old', kubeconfig('one', 'auth-provider: { name: gcp }'), /auth-provider "gcp" is not supported/],
])('says what is wrong with a kubeconfig with %s, and quotes nothing of it', async (_name, content, message) => {
  const path = content === undefined ? join(folder, 'missing') : await write('kubeconfig', content);
  const error: unknown = await find({ kubeconfig: path }).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: 'invalid-config' });
  expect(String(error)).toMatch(message);
  expect(String(error)).not.toContain('canary');
});

test('reads a token file again after ten seconds, after a refusal, and keeps what it has while there is none', async () => {
  const clock = new FakeClock();
  const tokenFile = await write('token', 'first');
  const path = await write('kubeconfig', kubeconfig('one', 'tokenFile: token'));
  const credentials = (await find({ kubeconfig: path, clock }))?.credentials;
  const token = async (): Promise<string | undefined> => (await credentials?.current())?.authorization;
  expect(await token()).toBe('Bearer first');
  await writeFile(tokenFile, 'second');
  expect(await token()).toBe('Bearer first');
  await clock.advance(10_000);
  expect(await Promise.all([token(), token()])).toEqual(['Bearer second', 'Bearer second']);
  await writeFile(tokenFile, 'third');
  credentials?.renew();
  expect(await token()).toBe('Bearer third');
  await rm(tokenFile);
  await clock.advance(10_000);
  expect(await token()).toBe('Bearer third');
});
