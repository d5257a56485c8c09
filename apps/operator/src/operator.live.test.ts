import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ApiServer, testbed, waitUntil } from '@esox/testbed';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { seriesOf } from './metrics/series.fixture.ts';
import { OperatorProcess } from './operator-process.fixture.ts';
import { clusterWithCrds, operatorRules } from './test-cluster.fixture.ts';

interface Stored {
  readonly metadata: { readonly name: string; readonly uid: string };
  readonly data?: Record<string, string>;
  readonly status?: { readonly conditions?: { readonly reason?: string; readonly message?: string }[] };
}

const group = '/apis/external-secrets.io/v1';
const { vault } = testbed();
let api: ApiServer;
let namespace: string;
let kubeconfig: string;
let user: string;

beforeAll(async () => {
  api = await clusterWithCrds('operator');
  namespace = await api.createNamespace({ prefix: 'operator' });
  // The operator runs with a role of its own, so that a right that is missing shows.
  const account = await api.createUser({ namespace, name: 'operator', clusterRules: operatorRules });
  user = account.user;
  kubeconfig = join(tmpdir(), `esox-operator-${randomUUID()}.json`);
  await writeFile(kubeconfig, api.kubeconfig({ token: account.token }), { mode: 0o600 });
});

afterAll(() => api.close());

const start = () => OperatorProcess.start({ args: ['--loglevel', 'debug'], env: { KUBECONFIG: kubeconfig } });
const post = (path: string, body: object) => api.client.call({ method: 'POST', path, body });
const secretAt = (name: string) =>
  api.client.request<Stored>({ path: `/api/v1/namespaces/${namespace}/secrets/${name}` });

async function vaultStore(name: string): Promise<void> {
  const token = Buffer.from(vault.rootToken).toString('base64');
  await post(`/api/v1/namespaces/${namespace}/secrets`, { metadata: { name: `${name}-token` }, data: { token } });
  const auth = { tokenSecretRef: { name: `${name}-token`, key: 'token' } };
  const provider = { vault: { server: vault.url, path: 'secret', version: 'v2', auth } };
  await post(`${group}/namespaces/${namespace}/secretstores`, storeOf(name, provider));
}

function storeOf(name: string, provider: object): object {
  return { apiVersion: 'external-secrets.io/v1', kind: 'SecretStore', metadata: { name }, spec: { provider } };
}

async function externalSecret(name: string, store: string, key: string): Promise<void> {
  const data = [{ secretKey: 'password', remoteRef: { key, property: 'password' } }];
  const spec = { secretStoreRef: { name: store }, data, refreshInterval: '1h' };
  const body = { apiVersion: 'external-secrets.io/v1', kind: 'ExternalSecret', metadata: { name }, spec };
  await post(`${group}/namespaces/${namespace}/externalsecrets`, body);
}

async function passwordOf(name: string): Promise<string | undefined> {
  const { status, body } = await secretAt(name);
  return status === 200 ? Buffer.from(body.data?.['password'] ?? '', 'base64').toString() : undefined;
}

it('a value goes from Vault, through a plugin from node_modules, into a Secret, and leaks nowhere', async () => {
  const canary = `CANARY-${randomUUID()}`;
  await vault.write('secret/data/operator/canary', { data: { password: canary } });
  await vaultStore('main');
  await externalSecret('app', 'main', 'operator/canary');
  await externalSecret('absent', 'main', 'operator/absent');
  await using operator = await start();
  await operator.ready();
  await waitUntil(async () => (await passwordOf('app')) === canary, { what: 'the Secret', deadlineMs: 15_000 });
  const absent = await waitUntil(
    async () => {
      const path = `${group}/namespaces/${namespace}/externalsecrets/absent`;
      return (await api.client.call<Stored>({ path })).status?.conditions?.[0]?.message;
    },
    { what: 'the condition of what is absent', deadlineMs: 15_000 },
  );
  for (const text of ['spec.data[0]', 'operator/absent', 'SecretStore "main"']) expect(absent).toContain(text);
  expect(await secretAt('absent')).toMatchObject({ status: 404 });

  const metrics = (await operator.get(operator.metricsPort, '/metrics')).text;
  const series = seriesOf(metrics);
  const object = `name="app",namespace="${namespace}"`;
  expect(series.get(`externalsecret_status_condition{condition="Ready",${object},status="True"}`)).toBe(1);
  expect(series.get('esox_kubernetes_requests_total{code="201",resource="secrets",verb="create"}')).toBe(1);
  expect(series.get('esox_watch_relists_total{reason="start",resource="secrets"}')).toBe(1);
  const plugins = (await operator.get(operator.livePort, '/plugins')).text;
  expect(JSON.parse(plugins)).toContainEqual(
    expect.objectContaining({ name: '@esox/provider-vault', state: 'loaded' }),
  );
  const environment = await readFile(`/proc/${operator.pid}/environ`, 'utf8');
  const commandLine = await readFile(`/proc/${operator.pid}/cmdline`, 'utf8');
  const seen = await everythingButSecrets();
  expect(await operator.end('SIGTERM')).toBe(0);
  for (const secret of [canary, vault.rootToken]) {
    for (const forms of [secret, Buffer.from(secret).toString('base64')]) {
      for (const text of [operator.output, metrics, plugins, environment, commandLine, seen])
        expect(text).not.toContain(forms);
    }
  }
});

async function everythingButSecrets(): Promise<string> {
  const paths = [
    `/api/v1/namespaces/${namespace}/events`,
    `/api/v1/namespaces/${namespace}/configmaps`,
    `${group}/namespaces/${namespace}/externalsecrets`,
    `${group}/namespaces/${namespace}/secretstores`,
  ];
  const bodies = await Promise.all(paths.map((path) => api.client.call({ path })));
  return JSON.stringify(bodies);
}

it('killed in the middle of 300 first syncs, it makes every Secret equal after a restart, and none twice', async () => {
  await vaultStore('many');
  const names = Array.from({ length: 300 }, (_unused, index) => `many-${index}`);
  for (const name of names)
    await vault.write(`secret/data/operator/${name}`, { data: { password: `value of ${name}` } });
  await Promise.all(names.map((name) => externalSecret(name, 'many', `operator/${name}`)));
  const since = new Date();
  await using first = await start();
  await waitUntil(async () => (await passwordOf('many-50')) !== undefined, {
    what: 'some Secrets',
    deadlineMs: 20_000,
    intervalMs: 5,
  });
  await first.end('SIGKILL');
  await using second = await start();
  await second.ready();
  for (const name of names) {
    await waitUntil(async () => (await passwordOf(name)) === `value of ${name}`, { what: name, deadlineMs: 30_000 });
  }
  const created = await api.requests({ user, verb: 'create', resource: 'secrets', since });
  const count = (status: number) => created.filter((request) => request.status === status).length;
  // A create that found the Secret there already is no second one. Where the first process was gone before the answer,
  // the API server says 504, whether the Secret was stored or not.
  expect(count(201)).toBeLessThanOrEqual(names.length);
  expect(count(201) + count(504)).toBeGreaterThanOrEqual(names.length);
});

it('what the role does not allow never happens: no request was refused', async () => {
  const refused = (await api.requests({ user })).filter(({ status }) => status === 403);
  expect(refused).toEqual([]);
});
