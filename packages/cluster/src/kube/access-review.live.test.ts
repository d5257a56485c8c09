import { type PolicyRule, testbed } from '@esox/testbed';
import { expect, it } from 'vitest';
import { openCluster } from './kube-cluster.fixture.ts';

const { kubernetes } = testbed();
const options = { signal: new AbortController().signal };
const reviews = { resources: ['tokenreviews', 'subjectaccessreviews'], verbs: ['create'] };
const operator = [{ apiGroups: ['authentication.k8s.io', 'authorization.k8s.io'], ...reviews }];

async function account(name: string, clusterRules: PolicyRule[] = []) {
  const namespace = await kubernetes.createNamespace({ prefix: 'review' });
  return kubernetes.createUser({ namespace, name, clusterRules });
}

it('allows whom RBAC allows to get the path, and nobody else', async () => {
  await using connected = await openCluster({ token: (await account('operator', operator)).token });
  const { cluster } = connected;
  const scraper = await account('scraper', [{ nonResourceURLs: ['/metrics'], verbs: ['get'] }]);
  const other = await account('other', [{ nonResourceURLs: ['/metrics/cadvisor'], verbs: ['get'] }]);
  expect(await cluster.reviewAccess(scraper.token, '/metrics', options)).toBe('allowed');
  expect(await cluster.reviewAccess(scraper.token, '/plugins', options)).toBe('denied');
  expect(await cluster.reviewAccess(other.token, '/metrics', options)).toBe('denied');
  expect(await cluster.reviewAccess(kubernetes.adminToken, '/metrics', options)).toBe('allowed');
  expect(await cluster.reviewAccess('no-token-of-anybody', '/metrics', options)).toBe('unauthenticated');
  expect(await cluster.reviewAccess(`${scraper.token}x`, '/metrics', options)).toBe('unauthenticated');
});

it('throws, and says nothing of the token, when the operator itself may not ask', async () => {
  await using connected = await openCluster({ token: (await account('powerless')).token });
  const answer = connected.cluster.reviewAccess('CANARY-token', '/metrics', options);
  await expect(answer).rejects.toMatchObject({ code: 'forbidden' });
  await expect(answer).rejects.not.toThrow('CANARY');
});
