import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ApiServer, startFaultProxy, waitUntil } from '@esox/testbed';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { externalSecret, fakeStore } from './manifests.fixture.ts';
import { OperatorProcess } from './operator-process.fixture.ts';
import { clusterWithCrds, createIn } from './test-cluster.fixture.ts';

let api: ApiServer;
let namespace: string;

beforeAll(async () => {
  api = await clusterWithCrds('api-server-away');
  namespace = await api.createNamespace({ prefix: 'away' });
  await createIn(api, namespace, fakeStore('main', { password: 'p' }), externalSecret('app', 'main', 'password'));
});

afterAll(() => api.close());

async function kubeconfigFor(url: string): Promise<string> {
  const path = join(tmpdir(), `esox-away-${randomUUID()}.json`);
  await writeFile(path, api.kubeconfig({ url }), { mode: 0o600 });
  return path;
}

it('an API server that fails while the operator starts ends nothing', async () => {
  await using proxy = await startFaultProxy({ target: api.url, caPem: api.caPem });
  // The first is the list of managed Secrets, more often than one request is repeated.
  const isManaged = ({ query }: { query: URLSearchParams }) => query.get('labelSelector') !== null;
  const managed = proxy.rule({ match: isManaged, times: 6, action: { kind: 'reset' } });
  await using operator = await OperatorProcess.start({ args: [], env: { KUBECONFIG: await kubeconfigFor(proxy.url) } });
  const path = `/api/v1/namespaces/${namespace}/secrets/app`;
  const exists = async () => (await api.client.request({ path })).status === 200;
  await waitUntil(exists, { what: 'the Secret', deadlineMs: 20_000 });
  expect(managed.hits).toBe(6);
  expect(await operator.end('SIGTERM')).toBe(0);
});

it('told to stop while the API server does not answer at all, it ends at once and in order', async () => {
  await using proxy = await startFaultProxy({ target: api.url, caPem: api.caPem });
  const hang = proxy.rule({ match: () => true, action: { kind: 'hang' } });
  await using operator = await OperatorProcess.start({ args: [], env: { KUBECONFIG: await kubeconfigFor(proxy.url) } });
  await waitUntil(() => hang.hits > 0, { what: 'a request', deadlineMs: 10_000 });
  expect((await operator.get(operator.livePort, '/readyz')).status).toBe(503);
  expect((await operator.get(operator.livePort, '/healthz')).status).toBe(200);
  expect(await operator.end('SIGTERM')).toBe(0);
});
