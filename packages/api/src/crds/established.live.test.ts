import { type ApiServer, installCustomResourceDefinition, startKubeApiServer, testbed, waitUntil } from '@esox/testbed';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { RULES } from '../rules.ts';
import { crds } from './crds.ts';
import type { CustomResourceDefinition } from './custom-resource-definition.ts';
import { installPolicies } from './install-policies.fixture.ts';

const PROVIDER = { id: 'fake', description: 'The fake.', schema: { type: 'object' } } as const;
const V1 = '/apis/external-secrets.io/v1';
const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

// These tests change the definitions under stored objects, which must disturb nobody else.
let api: ApiServer;
let namespace: string;
beforeAll(async () => {
  api = await startKubeApiServer({ etcdUrl: testbed().etcd.url, etcdPrefix: '/established' });
  namespace = await api.createNamespace({ prefix: 'established' });
  await installAll();
});
afterAll(() => api.close());

async function installAll(): Promise<void> {
  for (const definition of crds([PROVIDER])) await installCustomResourceDefinition(api.client, definition);
}

const collection = (plural: string) => `${V1}/namespaces/${namespace}/${plural}`;

async function createExternalSecret(name: string, spec?: object): Promise<void> {
  const body = { apiVersion: 'external-secrets.io/v1', kind: 'ExternalSecret', metadata: { name }, spec };
  await api.client.call({ method: 'POST', path: collection('externalsecrets'), body });
}

const data = [{ secretKey: 'password', remoteRef: { key: 'team/db' } }];

test('the definitions are established, structural, and keep what was applied', async () => {
  for (const definition of crds([PROVIDER])) {
    const stored = await api.client.call<{ spec: object; status: { conditions: { type: string; status: string }[] } }>({
      path: `${DEFINITIONS}/${definition.metadata.name}`,
    });
    const conditions = Object.fromEntries(stored.status.conditions.map(({ type, status }) => [type, status]));
    expect(conditions).toEqual({ NamesAccepted: 'True', Established: 'True' });
    expect(stored.spec).toMatchObject({ ...definition.spec, conversion: { strategy: 'None' } });
  }
});

test('v1beta1 is not served', async () => {
  const paths = ['externalsecrets', 'secretstores', 'clustersecretstores'].map(
    (plural) => `/apis/external-secrets.io/v1beta1/${plural}`,
  );
  const answers = await Promise.all(paths.map((path) => api.client.request({ path })));
  expect(answers.map(({ status }) => status)).toEqual([404, 404, 404]);
});

test('ExternalSecrets are selected by store, target and interval', async () => {
  await createExternalSecret('one', { data, secretStoreRef: { name: 'vault', kind: 'ClusterSecretStore' } });
  await createExternalSecret('two', {
    data,
    secretStoreRef: { name: 'fake' },
    target: { name: 'other' },
    refreshInterval: '5m',
  });
  const selected = async (selector: string) => {
    const path = `${collection('externalsecrets')}?fieldSelector=${selector}`;
    const { items } = await api.client.call<{ items: { metadata: { name: string } }[] }>({ path });
    return items.map(({ metadata }) => metadata.name);
  };
  expect(await selected('spec.secretStoreRef.name=vault')).toEqual(['one']);
  expect(await selected('spec.secretStoreRef.kind=ClusterSecretStore')).toEqual(['one']);
  expect(await selected('spec.target.name=other')).toEqual(['two']);
  expect(await selected('spec.refreshInterval=5m')).toEqual(['two']);
});

interface Table {
  columnDefinitions: { name: string; type: string }[];
  rows: { cells: unknown[] }[];
}

async function table(path: string): Promise<{ columns: string[]; cells: Record<string, unknown>[] }> {
  const headers = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' };
  const { columnDefinitions, rows } = await api.client.call<Table>({ path, headers });
  const columns = columnDefinitions.map(({ name }) => name);
  return {
    columns,
    cells: rows.map((row) => Object.fromEntries(columns.map((name, index) => [name, row.cells[index]]))),
  };
}

async function writeStatus(path: string, status: object): Promise<void> {
  const contentType = 'application/merge-patch+json';
  await api.client.call({ method: 'PATCH', path: `${path}/status`, contentType, body: { status } });
}

const ready = (reason: string) => [{ type: 'Ready', status: 'True', reason }];

test('the columns that kubectl shows', async () => {
  await createExternalSecret('shown', { data, secretStoreRef: { name: 'vault', kind: 'SecretStore' } });
  await writeStatus(`${collection('externalsecrets')}/shown`, {
    conditions: ready('SecretSynced'),
    refreshTime: '2020-01-01T00:00:00Z',
  });
  const secrets = await table(`${collection('externalsecrets')}/shown`);
  expect(secrets.columns).toEqual(['Name', 'StoreType', 'Store', 'Refresh Interval', 'Status', 'Ready', 'Last Sync']);
  expect(secrets.cells).toEqual([
    {
      Name: 'shown',
      StoreType: 'SecretStore',
      Store: 'vault',
      'Refresh Interval': '1h0m0s',
      Status: 'SecretSynced',
      Ready: 'True',
      'Last Sync': expect.stringMatching(/^\d+y/),
    },
  ]);

  const body = {
    apiVersion: 'external-secrets.io/v1',
    kind: 'SecretStore',
    metadata: { name: 'shown' },
    spec: { provider: { fake: {} } },
  };
  await api.client.call({ method: 'POST', path: collection('secretstores'), body });
  await writeStatus(`${collection('secretstores')}/shown`, { conditions: ready('Valid'), capabilities: 'ReadWrite' });
  const stores = await table(`${collection('secretstores')}/shown`);
  expect(stores.columns).toEqual(['Name', 'AGE', 'Status', 'Capabilities', 'Ready']);
  expect(stores.cells).toEqual([
    { Name: 'shown', AGE: expect.any(String), Status: 'Valid', Capabilities: 'ReadWrite', Ready: 'True' },
  ]);
});

/** The definition as it was before there were rules: what is stored under it may break them. */
function withoutRules(definition: CustomResourceDefinition | undefined): object {
  return JSON.parse(
    JSON.stringify(definition, (key, value: unknown) => (key === 'x-kubernetes-validations' ? undefined : value)),
  ) as object;
}

async function replace(definition: object, name: string): Promise<void> {
  const path = `${DEFINITIONS}/${name}`;
  const { metadata } = await api.client.call({ path });
  const body = { ...definition, metadata: { name, resourceVersion: metadata?.resourceVersion } };
  await api.client.call({ method: 'PUT', path, body });
}

test('an object that is older than the rules keeps its status, labels and finalizers; a new spec is refused', async () => {
  const [current] = crds([PROVIDER]);
  const name = 'externalsecrets.external-secrets.io';
  await replace(withoutRules(current), name);
  const windows = (duration: string) => ({ kind: 'deny', windows: [{ schedule: '@daily', duration }] });
  const bad = {
    refreshInterval: 'soon',
    data,
    syncWindows: windows('long'),
    target: { creationPolicy: 'None', deletionPolicy: 'Merge' },
  };
  await waitUntil(async () => (await createExternalSecret('old', bad), true), { what: 'no rules', deadlineMs: 20_000 });
  await createExternalSecret('old-without-spec');

  await installAll();
  await installPolicies(api.client);
  const refused = (spec: object) =>
    api.client.request<{ message?: string }>({
      method: 'PATCH',
      path: `${collection('externalsecrets')}/old?dryRun=All`,
      contentType: 'application/merge-patch+json',
      body: { spec },
    });
  const refusedByPolicy = async () => (await refused({ syncWindows: windows('short') })).body.message;
  await waitUntil(async () => (await refusedByPolicy())?.includes(RULES.windowDuration), {
    what: 'the rules are in force',
    deadlineMs: 20_000,
  });

  for (const object of ['old', 'old-without-spec']) {
    const path = `${collection('externalsecrets')}/${object}`;
    await writeStatus(path, { conditions: ready('SecretSyncedError') });
    const body = { metadata: { labels: { seen: 'yes' }, finalizers: ['example.com/kept'] } };
    await api.client.call({ method: 'PATCH', path, contentType: 'application/merge-patch+json', body });
  }
  const answer = await refused({ refreshInterval: 'later' });
  expect([answer.status, answer.body.message]).toEqual([422, expect.stringContaining('spec.refreshInterval')]);
});

test('what was stored as v1beta1 is read as v1', async () => {
  const name = 'secretstores.external-secrets.io';
  const current = crds([PROVIDER])[1];
  if (current === undefined) throw new Error('no definition of SecretStore');
  const versions = current.spec.versions.map((version) => ({
    ...version,
    served: true,
    storage: version.name === 'v1beta1',
  }));
  await replace({ ...current, spec: { ...current.spec, versions } }, name);
  const path = `/apis/external-secrets.io/v1beta1/namespaces/${namespace}/secretstores`;
  const spec = { provider: { fake: {} }, controller: 'dev' };
  const body = { apiVersion: 'external-secrets.io/v1beta1', kind: 'SecretStore', metadata: { name: 'old' }, spec };
  const created = async () => (await api.client.request({ method: 'POST', path, body })).status === 201;
  await waitUntil(created, { what: 'v1beta1 is stored', deadlineMs: 20_000 });

  await replace(current, name);
  const stored = await api.client.call<{ status: { storedVersions: string[] } }>({ path: `${DEFINITIONS}/${name}` });
  expect(stored.status.storedVersions).toEqual(['v1', 'v1beta1']);
  const isGone = async () => (await api.client.request({ path })).status === 404;
  await waitUntil(isGone, { what: 'v1beta1 is no longer served', deadlineMs: 20_000 });
  const read = await api.client.call({ path: `${collection('secretstores')}/old` });
  expect([read.apiVersion, read['spec']]).toEqual(['external-secrets.io/v1', spec]);
});
