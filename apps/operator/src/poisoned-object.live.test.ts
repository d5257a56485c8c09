import { crds } from '@esox/api/crds';
import { type ApiServer, installCustomResourceDefinition, startKubeApiServer, testbed, waitUntil } from '@esox/testbed';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { OperatorProcess } from './operator-process.fixture.ts';
import { schemaAt } from './test-cluster.fixture.ts';

const apiVersion = 'external-secrets.io/v1';
const fake = join(import.meta.dirname, '../../../packages/providers/fake/generated/schema.json');
let api: ApiServer;
let namespace: string;

/** Objects from before the rules: stored under a CRD that takes anything, and still there under the real one. */
beforeAll(async () => {
  api = await startKubeApiServer({ etcdUrl: testbed().etcd.url, etcdPrefix: '/poisoned' });
  const definitions = crds([await schemaAt(fake)]);
  for (const definition of definitions) await installCustomResourceDefinition(api.client, relaxed(definition));
  namespace = await api.createNamespace({ prefix: 'poisoned' });
  for (const [name, spec] of Object.entries(poisoned)) await post('externalsecrets', 'ExternalSecret', name, spec);
  for (const definition of definitions) await installCustomResourceDefinition(api.client, definition);
  const provider = { fake: { data: [{ key: 'db', value: 'hunter2' }] } };
  await post('secretstores', 'SecretStore', 'store', { provider });
});

afterAll(() => api.close());

const data = [{ secretKey: 'password', remoteRef: { key: 'db' } }];
const healthy = { secretStoreRef: { name: 'store' }, data };
const poisoned: Readonly<Record<string, object>> = {
  'no-duration': { ...healthy, refreshInterval: 'one day' },
  'interval-is-an-object': { ...healthy, refreshInterval: { hours: 1 } },
  'data-is-a-text': { secretStoreRef: { name: 'store' }, data: 'password' },
  'store-is-a-list': { secretStoreRef: ['store'], data },
  huge: { ...healthy, dataFrom: Array.from({ length: 5000 }, (_unused, index) => ({ extract: { key: `k${index}` } })) },
  nothing: {},
};

const ofAnotherType = {
  'interval-is-an-object': 'spec.refreshInterval',
  'data-is-a-text': 'spec.data',
  'store-is-a-list': 'spec.secretStoreRef',
};

type Definition = ReturnType<typeof crds>[number];

function relaxed(definition: Definition): Definition {
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } } as const;
  const versions = definition.spec.versions.map((version) => ({ ...version, selectableFields: [], schema }));
  return { ...definition, spec: { ...definition.spec, versions } };
}

async function post(plural: string, kind: string, name: string, spec: object): Promise<void> {
  const path = `/apis/${apiVersion}/namespaces/${namespace}/${plural}`;
  await api.client.call({ method: 'POST', path, body: { apiVersion, kind, metadata: { name }, spec } });
}

interface Conditioned {
  readonly status?: { readonly conditions?: readonly { readonly status: string; readonly message: string }[] };
}

async function conditionOf(name: string): Promise<{ status: string; message: string } | undefined> {
  const path = `/apis/${apiVersion}/namespaces/${namespace}/externalsecrets/${name}`;
  return (await api.client.call<Conditioned>({ path })).status?.conditions?.[0];
}

interface Events {
  readonly items: readonly { readonly involvedObject: { readonly name: string }; readonly message: string }[];
}

async function eventOf(name: string): Promise<string | undefined> {
  const { items } = await api.client.call<Events>({ path: `/api/v1/namespaces/${namespace}/events` });
  return items.find(({ involvedObject }) => involvedObject.name === name)?.message;
}

it('objects that no rule would let through any more stop nobody else, and say what is wrong with them', async () => {
  await using operator = await OperatorProcess.start({ args: [], env: { KUBECONFIG: api.kubeconfigPath } });
  await operator.ready();
  await post('externalsecrets', 'ExternalSecret', 'healthy', healthy);
  const deadlineMs = 20_000;
  const path = `/api/v1/namespaces/${namespace}/secrets/healthy`;
  const isSynced = async (): Promise<boolean> => (await api.client.request({ path })).status === 200;
  await waitUntil(isSynced, { what: 'the Secret of the healthy object', deadlineMs });
  const duration = await waitUntil(() => conditionOf('no-duration'), { what: 'the condition', deadlineMs });
  expect(duration).toMatchObject({ status: 'False', message: expect.stringContaining('refreshInterval') });
  const huge = await waitUntil(() => conditionOf('huge'), { what: 'the condition', deadlineMs });
  expect(huge).toMatchObject({ status: 'False', message: expect.stringContaining('spec.dataFrom[0]') });
  // The API server takes no status of an object that has fields of another type.
  for (const [name, field] of Object.entries(ofAnotherType)) {
    const message = await waitUntil(() => eventOf(name), { what: `an event of ${name}`, deadlineMs });
    expect(message).toContain(field);
  }
  expect(operator.output).not.toContain('"level":"error"');
  expect(await operator.end('SIGTERM')).toBe(0);
}, 120_000);
