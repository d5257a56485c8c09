import {
  type ApiServer,
  installCustomResourceDefinition,
  startEtcd,
  startKubeApiServer,
  testbed,
  waitUntil,
} from '@esox/testbed';
import { expect, test } from 'vitest';
import { converges, keep, QUICK_BACKOFF } from './informer.fixture.ts';
import { CONFIG_MAPS, configMap, type ConfigMap, openCluster, type TestCluster } from './kube-cluster.fixture.ts';
import type { Cluster, ResourceType } from '../port.ts';

const { signal } = new AbortController();
const namespace = 'default';

function open(access: ApiServer): Promise<TestCluster> {
  return openCluster({ access, requestTimeoutMs: 2_000, listWatch: { idleMs: 2_000, backoff: QUICK_BACKOFF } });
}

async function write(cluster: Cluster, name: string, value: string): Promise<void> {
  const body = configMap(namespace, name, { value });
  await cluster.patch<ConfigMap>(CONFIG_MAPS, { namespace, name }, { type: 'apply', body, force: true }, { signal });
}

test('goes on after the API server was stopped, killed and paused, and misses nothing that happened meanwhile', async () => {
  await using etcd = await startEtcd();
  // Two servers over one etcd: while the first is down, the second takes the changes.
  await using first = await startKubeApiServer({ etcdUrl: etcd.url });
  await using second = await startKubeApiServer({ etcdUrl: etcd.url });
  await using watched = await open(first);
  await using other = await open(second);
  for (let index = 0; index < 20; index += 1) await write(other.cluster, `object-${index}`, 'before');
  const informer = watched.cluster.watch(CONFIG_MAPS, { namespace, trim: keep });
  const deleted: string[] = [];
  informer.subscribe(({ type, key }) => void (type === 'deleted' && deleted.push(key)));
  await informer.synced;

  const outages: [() => Promise<void> | void, () => Promise<void> | void][] = [
    [() => first.stop(), () => first.start()],
    [() => first.kill(), () => first.start()],
    [() => first.pause(), () => first.resume()],
  ];
  for (const [index, [begin, end]] of outages.entries()) {
    await begin();
    const before = watched.observed.failures.length;
    await write(other.cluster, `object-${index}`, `changed in outage ${index}`);
    await write(other.cluster, `new-${index}`, 'new');
    const gone = await other.cluster.get(CONFIG_MAPS, { namespace, name: `object-${10 + index}` }, { signal });
    const { uid = '' } = gone?.metadata ?? {};
    await other.cluster.delete(CONFIG_MAPS, { namespace, name: `object-${10 + index}` }, { uid }, { signal });
    await waitUntil(() => watched.observed.failures.length > before, {
      what: 'the outage is noticed',
      deadlineMs: 30_000,
    });
    await end();
    await converges(informer, other.cluster, namespace);
  }
  await waitUntil(() => deleted.length >= 3, { what: 'the deletions', deadlineMs: 30_000 });
  expect(deleted.toSorted()).toEqual([10, 11, 12].map((index) => `${namespace}/object-${index}`));
  // A server that has started anew does not know the old versions; one that was only paused does.
  expect(watched.observed.relists).toEqual(['start', 'expired', 'expired']);
});

test(
  'waits for a kind that is not served, and takes its end for no deletion that it was not told of',
  { timeout: 180_000 },
  async () => {
    const { kubernetes } = testbed();
    const things: ResourceType = {
      group: 'cluster-test.esox.io',
      version: 'v1',
      kind: 'Thing',
      plural: 'things',
      namespaced: true,
    };
    const definition = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'things.cluster-test.esox.io' },
      spec: {
        group: things.group,
        scope: 'Namespaced',
        names: { kind: 'Thing', plural: 'things', singular: 'thing' },
        versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
      },
    };
    const space = await kubernetes.createNamespace({ prefix: 'things' });
    await using opened = await openCluster({ listWatch: { backoff: QUICK_BACKOFF } });
    const { cluster, observed } = opened;
    const informer = cluster.watch(things, { namespace: space, trim: (object) => object.metadata.name });
    await waitUntil(() => observed.failures.length >= 3, { what: 'it is not served', deadlineMs: 10_000 });
    expect(observed.failures[0]?.error).toMatchObject({ code: 'unexpected', status: 404 });
    for (let round = 0; round < 2; round += 1) {
      await installCustomResourceDefinition(kubernetes.client, definition);
      await informer.synced;
      const name = `thing-${round}`;
      await waitUntil(() => created(cluster, things, space, name), {
        what: 'the kind takes objects',
        deadlineMs: 40_000,
      });
      await waitUntil(() => informer.get(`${space}/${name}`), { what: `${name} is seen`, deadlineMs: 20_000 });
      const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${definition.metadata.name}`;
      await kubernetes.client.call({ method: 'DELETE', path });
      // The API server deletes the objects first, and says so.
      await waitUntil(() => informer.size === 0, { what: 'its objects are gone', deadlineMs: 20_000 });
    }
  },
);

async function created(cluster: Cluster, type: ResourceType, space: string, name: string): Promise<boolean> {
  return await cluster.create(type, { metadata: { namespace: space, name } }, { signal }).then(
    () => true,
    () => false,
  );
}
