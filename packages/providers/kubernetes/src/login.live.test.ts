import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { startFaultProxy, statusAnswer, testbed } from '@esox/testbed';
import { call, connectTo, connectWithToken, remoteLogin, storeSecret, tokenStore } from './remote-cluster.fixture.ts';

const cluster = testbed().kubernetes;

async function proxied() {
  const login = await remoteLogin(cluster);
  await storeSecret(cluster, login.namespace, 'app', { data: { a: 'b' } });
  const proxy = await startFaultProxy({ target: cluster.url, caPem: cluster.caPem });
  return { login, proxy, [Symbol.asyncDispose]: () => proxy[Symbol.asyncDispose]() };
}

const clusterStore = { kind: 'ClusterSecretStore', namespace: undefined, consumerNamespace: undefined } as const;

test('reads at the same time share one token, and a refused one is asked for again, once', async () => {
  await using at = await proxied();
  const { login, proxy } = at;
  let asked = 0;
  const tokens = {
    reader: () => {
      asked += 1;
      return asked === 1 ? 'eyJhbGciOiJub25lIn0.revoked.x' : login.token;
    },
  };
  const settings = { ...tokenStore(cluster, login, proxy.url), auth: { serviceAccount: { name: 'reader' } } };
  await using store = await connectTo(settings, { tokens });
  const results = await Promise.all(Array.from({ length: 20 }, () => store.read({ key: 'app' })));
  expect(results).toEqual(Array.from({ length: 20 }, () => ({ a: 'b' })));
  expect(asked).toBe(2);
});

test('a login that is refused again and again is an error, not a loop', async () => {
  await using at = await proxied();
  let asked = 0;
  const tokens = { reader: () => `wrong-${(asked += 1)}` };
  const settings = { ...tokenStore(cluster, at.login, at.proxy.url), auth: { serviceAccount: { name: 'reader' } } };
  await using store = await connectTo(settings, { tokens });
  expect(await store.read({ key: 'app' })).toBe('unauthenticated');
  expect([asked, at.proxy.requests.length]).toEqual([2, 2]);
});

test('a token from a Secret is read anew when it is refused, and a line break at its end does not count', async () => {
  await using at = await proxied();
  const { login, proxy } = at;
  const values = ['outdated\n', `${login.token}\r\n`];
  let reads = 0;
  const remote = {
    get token() {
      reads += 1;
      return values[reads - 1] ?? '';
    },
  };
  await using store = await connectTo(tokenStore(cluster, login, proxy.url), { secrets: { remote } });
  expect(await store.read({ key: 'app' })).toEqual({ a: 'b' });
  expect(reads).toBe(2);
  expect(proxy.requests.map(({ headers }) => headers['authorization'])).toEqual([
    'Bearer outdated',
    `Bearer ${login.token}`,
  ]);
});

test.each(['', '\n', 'two words', 'tab\there', 'ünïcode', 'a\nb'])('%j is no token', async (token) => {
  await using at = await proxied();
  await using store = await connectTo(tokenStore(cluster, at.login, at.proxy.url), { secrets: { remote: { token } } });
  await expect(store.client.read([{ key: 'app' }], call())).rejects.toMatchObject({
    code: 'unauthenticated',
    message: expect.stringContaining('auth.token.bearerToken'),
  });
  expect(at.proxy.requests.length).toBe(0);
});

test('a ServiceAccount’s token is replaced a minute before it ends', async () => {
  await using at = await proxied();
  let now = 1_700_000_000_000;
  let asked = 0;
  const clock = { now: () => now, sleep: async () => {} };
  const tokens = {
    reader: () => {
      asked += 1;
      return at.login.token;
    },
  };
  const settings = { ...tokenStore(cluster, at.login, at.proxy.url), auth: { serviceAccount: { name: 'reader' } } };
  await using store = await connectTo(settings, { tokens, clock });
  await store.read({ key: 'app' });
  now += 3_539_000;
  await store.read({ key: 'app' });
  expect(asked).toBe(1);
  now += 1000;
  await store.read({ key: 'app' });
  expect(asked).toBe(2);
});

test('without auth nobody is logged in', async () => {
  await using at = await proxied();
  const { auth: _, ...settings } = tokenStore(cluster, at.login, at.proxy.url);
  await using store = await connectTo(settings);
  expect(await store.read({ key: 'app' })).toBe('denied');
  expect(at.proxy.requests.every(({ headers }) => headers['authorization'] === undefined)).toBe(true);
});

test.each([
  ['a token', { auth: { token: { bearerToken: { name: 'remote', key: 'token' } } } }],
  ['a ServiceAccount', { auth: { serviceAccount: { name: 'reader' } } }],
  [
    'half of a certificate',
    {
      auth: {
        cert: {
          clientCert: { name: 'cert', key: 'tls.crt', namespace: 'platform' },
          clientKey: { name: 'cert', key: 'tls.key' },
        },
      },
    },
  ],
  ['a kubeconfig', { authRef: { name: 'remote', key: 'config' } }],
])('a cluster store with %s of its consumer is unknown without one, and calls nobody', async (_, login) => {
  await using at = await proxied();
  await using store = await connectTo({ server: { url: at.proxy.url }, ...login }, { store: clusterStore });
  expect(await store.client.check(call())).toBe('unknown');
  await expect(store.client.read([{ key: 'app' }], call())).rejects.toMatchObject({ code: 'internal' });
  expect(at.proxy.requests.length).toBe(0);
});

test('a cluster store takes the credentials of its consumer, or of the namespace that it names', async () => {
  await using at = await proxied();
  const { login } = at;
  const secrets = { 'team/remote': { token: login.token }, 'platform/remote': { token: login.token } };
  const settings = tokenStore(cluster, login, at.proxy.url);
  const store = { ...clusterStore, consumerNamespace: 'team' };
  await using ofConsumer = await connectTo(settings, { secrets, store });
  expect(await ofConsumer.read({ key: 'app' })).toEqual({ a: 'b' });

  const auth = { token: { bearerToken: { name: 'remote', key: 'token', namespace: 'platform' } } };
  await using named = await connectTo({ ...settings, auth }, { secrets, store: clusterStore });
  expect(await named.client.check(call())).toBe('ready');
  expect(await named.read({ key: 'app' })).toEqual({ a: 'b' });
});

test('a cluster store must say in which namespace its CA is', async () => {
  const server = { url: cluster.url, caProvider: { type: 'Secret', name: 'ca', key: 'ca.crt' } } as const;
  const auth = { serviceAccount: { name: 'reader', namespace: 'platform' } };
  await expect(connectTo({ server, auth }, { store: clusterStore })).rejects.toMatchObject({
    code: 'invalid-config',
    message: expect.stringContaining('caProvider.namespace'),
  });
});

test.each([
  'ftp://kubernetes',
  'https://',
  'https://jane:canary@k.example',
  'https://k.example/?x',
  'https://k.example/#x',
  '',
])('server.url %j is a mistake in the store', async (url) => {
  const failure: unknown = await connectTo({ server: { url } }).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: 'invalid-config', message: expect.stringContaining('server.url') });
  expect(inspect(failure)).not.toContain('canary');
});

test('a path of the server’s URL comes before that of the API', async () => {
  await using at = await proxied();
  at.proxy.rule({ match: ({ path }) => path.startsWith('/k8s/'), action: statusAnswer(403, 'Forbidden') });
  const settings = { ...tokenStore(cluster, at.login), server: { url: `${at.proxy.url}/k8s/clusters/c-1/` } };
  await using store = await connectTo(settings, { secrets: { remote: { token: at.login.token } } });
  expect(await store.read({ key: 'app' })).toBe('denied');
  expect(at.proxy.requests.map(({ path }) => path)).toEqual([
    `/k8s/clusters/c-1/api/v1/namespaces/${at.login.namespace}/secrets/app`,
  ]);
});

test('no credential can be found in anything that the client shows', async () => {
  await using at = await proxied();
  await using store = await connectWithToken(cluster, at.login, { proxyUrl: at.proxy.url });
  const outcomes = await store.client.read([{ key: 'app' }, { key: 'absent' }], call());
  const shown = inspect([store.client, outcomes, store.host.logs], { depth: 20, showHidden: true });
  expect(shown).not.toContain(at.login.token);
});
