import { expect, test } from 'vitest';
import { startFaultProxy, statusAnswer, testbed } from '@esox/testbed';
import { call, connectWithToken, remoteLogin } from './remote-cluster.fixture.ts';

const cluster = testbed().kubernetes;
const secretsOnly = { apiGroups: [''], resources: ['secrets'] };

test.each([
  ['get', [{ ...secretsOnly, verbs: ['get'] }]],
  ['every verb', [{ ...secretsOnly, verbs: ['*'] }]],
  ['every resource', [{ apiGroups: [''], resources: ['*'], verbs: ['get'] }]],
  ['every group', [{ apiGroups: ['*'], resources: ['secrets'], verbs: ['get'] }]],
  ['one Secret by name', [{ ...secretsOnly, verbs: ['get'], resourceNames: ['app'] }]],
])('a login with %s is ready, after one request', async (_, rules) => {
  const login = await remoteLogin(cluster, [], { rules });
  await using store = await connectWithToken(cluster, login);
  expect(await store.client.check(call())).toBe('ready');
  expect(await cluster.requestCounts({ user: login.user })).toEqual({
    'create selfsubjectrulesreviews': 1,
  });
});

test.each([
  ['nothing', []],
  ['list alone', [{ ...secretsOnly, verbs: ['list'] }]],
  ['ConfigMaps', [{ apiGroups: [''], resources: ['configmaps'], verbs: ['*'] }]],
  ['Secrets of another group', [{ apiGroups: ['example.com'], resources: ['secrets'], verbs: ['*'] }]],
])('a login with %s is refused, after the second question', async (_, rules) => {
  const login = await remoteLogin(cluster, [], { rules });
  await using store = await connectWithToken(cluster, login);
  await expect(store.client.check(call())).rejects.toMatchObject({
    code: 'denied',
    message: expect.stringContaining(`not allowed to get secrets in namespace "${login.namespace}"`),
  });
  expect(await cluster.requestCounts({ user: login.user })).toEqual({
    'create selfsubjectrulesreviews': 1,
    'create selfsubjectaccessreviews': 1,
  });
});

test('where rules are not listed, the right itself is asked for', async () => {
  const login = await remoteLogin(cluster, ['get']);
  await using proxy = await startFaultProxy({ target: cluster.url, caPem: cluster.caPem });
  const withoutRules = (body: string): string =>
    JSON.stringify({ ...JSON.parse(body), status: { resourceRules: [], nonResourceRules: [], incomplete: true } });
  proxy.rule({
    match: ({ path }) => path.endsWith('/selfsubjectrulesreviews'),
    action: { kind: 'rewrite', body: withoutRules },
  });
  await using store = await connectWithToken(cluster, login, { proxyUrl: proxy.url });
  expect(await store.client.check(call())).toBe('ready');
  expect(proxy.requests.length).toBe(2);
});

test.each([
  [503, 'unavailable'],
  [429, 'rate-limited'],
  [404, 'invalid-config'],
] as const)('a review that is answered with %i is %s', async (status, code) => {
  const login = await remoteLogin(cluster, ['get']);
  await using proxy = await startFaultProxy({ target: cluster.url, caPem: cluster.caPem });
  proxy.rule({ match: () => true, action: statusAnswer(status, 'Refused') });
  await using store = await connectWithToken(cluster, login, { proxyUrl: proxy.url });
  await expect(store.client.check(call())).rejects.toMatchObject({ code });
});

test('a login that may not ask about itself is unknown, until the first read', async () => {
  const login = await remoteLogin(cluster, ['get']);
  await using proxy = await startFaultProxy({ target: cluster.url, caPem: cluster.caPem });
  proxy.rule({ match: ({ path }) => path.includes('reviews'), action: statusAnswer(403, 'Forbidden') });
  await using store = await connectWithToken(cluster, login, { proxyUrl: proxy.url });
  expect(await store.client.check(call())).toBe('unknown');
});
