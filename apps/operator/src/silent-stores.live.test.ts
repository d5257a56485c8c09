import { type ApiServer, waitUntil } from '@esox/testbed';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { externalSecret, fakeStore } from './manifests.fixture.ts';
import { OperatorProcess } from './operator-process.fixture.ts';
import { clusterWithCrds, createIn } from './test-cluster.fixture.ts';

let api: ApiServer;
let namespace: string;

beforeAll(async () => {
  api = await clusterWithCrds('silent-stores');
  namespace = await api.createNamespace({ prefix: 'silent' });
});

afterAll(() => api.close());

it('with --enable-secret-store-reconciler=false stores are read and nothing is reported of them', async () => {
  await createIn(api, namespace, fakeStore('main', { password: 'p' }), externalSecret('app', 'main', 'password'));
  const args = ['--enable-secret-store-reconciler=false'];
  await using operator = await OperatorProcess.start({ args, env: { KUBECONFIG: api.kubeconfigPath } });
  const path = `/api/v1/namespaces/${namespace}/secrets/app`;
  const exists = async () => (await api.client.request({ path })).status === 200;
  await waitUntil(exists, { what: 'the Secret', deadlineMs: 15_000 });
  const metrics = (await operator.get(operator.metricsPort, '/metrics')).text;
  expect(await operator.end('SIGTERM')).toBe(0);
  const store = await api.client.call({
    path: `/apis/external-secrets.io/v1/namespaces/${namespace}/secretstores/main`,
  });
  expect(store).not.toHaveProperty('status');
  const events = await api.client.call<{ items: { involvedObject: { kind: string } }[] }>({
    path: `/api/v1/namespaces/${namespace}/events`,
  });
  const kinds = new Set(events.items.map(({ involvedObject }) => involvedObject.kind));
  expect([...kinds]).toEqual(['ExternalSecret']);
  expect(metrics).toContain('# TYPE clustersecretstore_status_condition');
  for (const name of ['secretstore_status_condition', 'secretstore_reconcile_duration']) {
    expect(metrics).not.toContain(`# TYPE ${name}`);
  }
});
