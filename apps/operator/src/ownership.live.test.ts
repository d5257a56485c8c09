import { type ApiServer, startControllerManager, waitUntil } from '@esox/testbed';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { OperatorProcess } from './operator-process.fixture.ts';
import { clusterWithCrds } from './test-cluster.fixture.ts';

const apiVersion = 'external-secrets.io/v1';
let api: ApiServer;
let namespace: string;

beforeAll(async () => {
  api = await clusterWithCrds('ownership');
  namespace = await api.createNamespace({ prefix: 'ownership' });
  const provider = { fake: { data: [{ key: 'db', value: 'hunter2' }] } };
  await post('secretstores', { kind: 'SecretStore', metadata: { name: 'store' }, spec: { provider } });
});

afterAll(() => api.close());

const path = (plural: string, name = ''): string => `/apis/${apiVersion}/namespaces/${namespace}/${plural}/${name}`;
const post = (plural: string, body: object) =>
  api.client.call({ method: 'POST', path: path(plural), body: { apiVersion, ...body } });
const secretStatus = async (name: string): Promise<number> =>
  (await api.client.request({ path: `/api/v1/namespaces/${namespace}/secrets/${name}` })).status;

async function externalSecret(name: string, creationPolicy: string): Promise<void> {
  const data = [{ secretKey: 'password', remoteRef: { key: 'db' } }];
  const spec = { secretStoreRef: { name: 'store' }, target: { creationPolicy }, data };
  await post('externalsecrets', { kind: 'ExternalSecret', metadata: { name }, spec });
}

it('a Secret goes with its ExternalSecret where the policy is Owner, and stays where it is Orphan', async () => {
  await using operator = await OperatorProcess.start({ args: [], env: { KUBECONFIG: api.kubeconfigPath } });
  await operator.ready();
  for (const policy of ['Owner', 'Orphan']) {
    await externalSecret(policy.toLowerCase(), policy);
    await waitUntil(async () => (await secretStatus(policy.toLowerCase())) === 200, {
      what: `the Secret of ${policy}`,
      deadlineMs: 20_000,
    });
  }
  // Real garbage collection, as every cluster has it: it acts on what our owner references say.
  await using _controllers = await startControllerManager(api);
  for (const name of ['owner', 'orphan']) {
    await api.client.call({ method: 'DELETE', path: path('externalsecrets', name) });
  }
  await waitUntil(async () => (await secretStatus('owner')) === 404, {
    what: 'the owned Secret to be collected',
    deadlineMs: 60_000,
  });
  expect(await secretStatus('orphan')).toBe(200);
}, 120_000);
