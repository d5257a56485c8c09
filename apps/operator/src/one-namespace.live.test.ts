import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ApiServer, waitUntil } from '@esox/testbed';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { externalSecret, fakeStore } from './manifests.fixture.ts';
import { OperatorProcess } from './operator-process.fixture.ts';
import { clusterWithCrds, createIn, operatorRules } from './test-cluster.fixture.ts';

let api: ApiServer;

beforeAll(async () => {
  api = await clusterWithCrds('one-namespace');
});

afterAll(() => api.close());

/** An operator whose user has all rights of an operator, in this namespace only. */
async function operatorOf(namespace: string, ...args: string[]) {
  const { user, token } = await api.createUser({ namespace, name: 'operator', rules: operatorRules });
  const kubeconfig = join(tmpdir(), `esox-namespace-${randomUUID()}.json`);
  await writeFile(kubeconfig, api.kubeconfig({ token }), { mode: 0o600 });
  const scope = ['--namespace', namespace, '--enable-cluster-store-reconciler=false'];
  return {
    user,
    operator: await OperatorProcess.start({ args: [...scope, ...args], env: { KUBECONFIG: kubeconfig } }),
  };
}

async function secretIn(namespace: string, name: string): Promise<boolean> {
  return (await api.client.request({ path: `/api/v1/namespaces/${namespace}/secrets/${name}` })).status === 200;
}

it('serves one namespace with rights in that namespace only, and asks for nothing outside', async () => {
  const [own, other] = [await api.createNamespace({ prefix: 'own' }), await api.createNamespace({ prefix: 'other' })];
  for (const namespace of [own, other]) {
    await createIn(api, namespace, fakeStore('main', { password: 'p' }), externalSecret('app', 'main', 'password'));
  }
  const { user, operator } = await operatorOf(own);
  await using running = operator;
  await running.ready();
  await waitUntil(() => secretIn(own, 'app'), { what: 'the Secret', deadlineMs: 15_000 });
  expect(await secretIn(other, 'app')).toBe(false);
  const requests = await api.requests({ user });
  expect(requests.filter(({ status }) => status === 403)).toEqual([]);
  expect(requests.filter(({ namespace }) => namespace !== own)).toEqual([]);
  expect(await running.end('SIGTERM')).toBe(0);
});
