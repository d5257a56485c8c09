import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ApiServer, testbed, waitUntil } from '@esox/testbed';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { OperatorProcess } from './operator-process.fixture.ts';
import { clusterWithCrds, operatorRules } from './test-cluster.fixture.ts';

// The operator runs in one cluster and reads Secrets of another one, through the plugin.
const remote = testbed().kubernetes;
const group = '/apis/external-secrets.io/v1';
const apiVersion = 'external-secrets.io/v1';

interface Stored {
  readonly data?: Record<string, string>;
  readonly status?: { readonly conditions?: { readonly reason?: string; readonly message?: string }[] };
}

let api: ApiServer;
let namespace: string;
let kubeconfig: string;
let remoteNamespace: string;
let reader: { readonly user: string; readonly token: string };

beforeAll(async () => {
  api = await clusterWithCrds('two-clusters');
  namespace = await api.createNamespace({ prefix: 'home' });
  const account = await api.createUser({ namespace, name: 'operator', clusterRules: operatorRules });
  kubeconfig = join(tmpdir(), `esox-operator-${randomUUID()}.json`);
  await writeFile(kubeconfig, api.kubeconfig({ token: account.token }), { mode: 0o600 });
  remoteNamespace = await remote.createNamespace({ prefix: 'away' });
  const rules = [{ apiGroups: [''], resources: ['secrets'], verbs: ['get', 'list'] }];
  reader = await remote.createUser({ namespace: remoteNamespace, name: 'reader', rules });
});

afterAll(() => api.close());

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const post = (path: string, body: object) => api.client.call({ method: 'POST', path, body });

async function remoteSecret(name: string, data: Record<string, string>, metadata: object = {}): Promise<void> {
  const encoded = Object.fromEntries(Object.entries(data).map(([key, text]) => [key, base64(text)]));
  const path = `/api/v1/namespaces/${remoteNamespace}/secrets`;
  await remote.client.call({ method: 'POST', path, body: { metadata: { name, ...metadata }, data: encoded } });
}

async function store(): Promise<void> {
  const data = { token: base64(reader.token), 'ca.crt': base64(remote.caPem) };
  await post(`/api/v1/namespaces/${namespace}/secrets`, { metadata: { name: 'away' }, data });
  const kubernetes = {
    server: { url: remote.url, caProvider: { type: 'Secret', name: 'away', key: 'ca.crt' } },
    auth: { token: { bearerToken: { name: 'away', key: 'token' } } },
    remoteNamespace,
  };
  const body = { apiVersion, kind: 'SecretStore', metadata: { name: 'away' }, spec: { provider: { kubernetes } } };
  await post(`${group}/namespaces/${namespace}/secretstores`, body);
}

async function externalSecret(name: string, spec: object): Promise<void> {
  const secretStoreRef = { name: 'away' };
  const body = { apiVersion, kind: 'ExternalSecret', metadata: { name }, spec: { secretStoreRef, ...spec } };
  await post(`${group}/namespaces/${namespace}/externalsecrets`, body);
}

async function dataOf(name: string): Promise<Record<string, string>> {
  const path = `/api/v1/namespaces/${namespace}/secrets/${name}`;
  const answer = await waitUntil(
    async () => {
      const { status, body } = await api.client.request<Stored>({ path });
      return status === 200 && body;
    },
    { what: `the Secret ${name}`, deadlineMs: 20_000 },
  );
  const entries = Object.entries(answer.data ?? {});
  return Object.fromEntries(entries.map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]));
}

const ref = (secretKey: string, remoteRef: object) => ({ secretKey, remoteRef: { key: 'app', ...remoteRef } });

it('Secrets of another cluster: whole, by property, metadata, extracted and found', async () => {
  const json = '{"user":"seb","port":5432,"tls":{ "b":true, "a":null }}';
  const labels = { team: 'blue', 'app.kubernetes.io/name': 'db' };
  const annotations = { config: '{"region":"eu"}' };
  await remoteSecret('app', { 'db.json': json, db: json, plain: '<a>&' }, { labels, annotations });
  await remoteSecret('cache', { url: 'redis://x' }, { labels: { team: 'blue' } });
  await store();
  await externalSecret('one', {
    data: [
      ref('whole', {}),
      ref('exact', { property: 'db.json' }),
      ref('user', { property: 'db.user' }),
      ref('nested', { property: 'db.tls.b' }),
      ref('metadata', { metadataPolicy: 'Fetch' }),
      ref('team', { metadataPolicy: 'Fetch', property: 'labels.team' }),
      ref('dotted', { metadataPolicy: 'Fetch', property: 'labels.app.kubernetes.io/name' }),
      ref('inside', { metadataPolicy: 'Fetch', property: 'annotations.config.region' }),
    ],
  });
  await externalSecret('extracted', { dataFrom: [{ extract: { key: 'cache' } }] });
  await externalSecret('encoded', { dataFrom: [{ extract: { key: 'app', property: 'db' } }] });
  await externalSecret('labels', { dataFrom: [{ extract: { key: 'app', metadataPolicy: 'Fetch' } }] });
  await externalSecret('found', { dataFrom: [{ find: { tags: { team: 'blue' } } }] });
  await externalSecret('named', { dataFrom: [{ find: { name: { regexp: '^ca' } } }] });
  await externalSecret('wrong', { data: [ref('x', { property: 'absent' })] });
  await using operator = await OperatorProcess.start({ args: [], env: { KUBECONFIG: kubeconfig } });
  await operator.ready();

  const whole = JSON.stringify({ db: json, 'db.json': json, plain: '<a>&' });
  expect(await dataOf('one')).toEqual({
    whole,
    exact: json,
    user: 'seb',
    nested: 'true',
    metadata: `{"annotations":${JSON.stringify(annotations)},"labels":{"app.kubernetes.io/name":"db","team":"blue"}}`,
    team: 'blue',
    dotted: 'db',
    inside: 'eu',
  });
  expect(await dataOf('extracted')).toEqual({ url: 'redis://x' });
  expect(await dataOf('encoded')).toEqual({ user: '"seb"', port: '5432', tls: '{"a":null,"b":true}' });
  expect(await dataOf('labels')).toEqual({
    annotations: JSON.stringify(annotations),
    labels: '{"app.kubernetes.io/name":"db","team":"blue"}',
  });
  expect(await dataOf('found')).toEqual({ app: whole, cache: '{"url":"redis://x"}' });
  expect(await dataOf('named')).toEqual({ cache: '{"url":"redis://x"}' });
  const path = `${group}/namespaces/${namespace}/externalsecrets/wrong`;
  const message = await waitUntil(
    async () => (await api.client.call<Stored>({ path })).status?.conditions?.[0]?.message,
    { what: 'the condition of the wrong entry', deadlineMs: 20_000 },
  );
  for (const text of ['spec.data[0]', '"app"', '"absent"', 'SecretStore "away"']) expect(message).toContain(text);
  expect(message).not.toContain('seb');
  expect(operator.output).not.toContain('redis://x');
  expect(operator.output).not.toContain(reader.token);
});
