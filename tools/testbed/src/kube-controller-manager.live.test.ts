import { expect, test } from 'vitest';
import { testbed } from './connect.ts';
import { startKubeApiServer } from './kube-apiserver.ts';
import { startControllerManager } from './kube-controller-manager.ts';
import { waitUntil } from './wait-until.ts';

const { etcd } = testbed();

test('collects what has lost its owner', { timeout: 120_000 }, async () => {
  await using api = await startKubeApiServer({ etcdUrl: etcd.url, etcdPrefix: '/collected' });
  await using _controllers = await startControllerManager(api);
  const path = `/api/v1/namespaces/${await api.createNamespace()}/configmaps`;
  const create = (metadata: object) =>
    api.client.call({ method: 'POST', path, body: { apiVersion: 'v1', kind: 'ConfigMap', metadata } });
  const owner = await create({ name: 'owner' });
  const reference = { apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: owner.metadata?.uid };
  await create({ name: 'owned', ownerReferences: [reference] });
  await create({ name: 'free' });
  await api.client.call({ method: 'DELETE', path: `${path}/owner` });
  const isCollected = async (): Promise<boolean> =>
    (await api.client.request({ path: `${path}/owned` })).status === 404;
  await waitUntil(isCollected, { what: 'the owned object is gone', deadlineMs: 60_000 });
  expect((await api.client.request({ path: `${path}/free` })).status).toBe(200);
});
