import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ApiServer, waitUntil } from '@esox/testbed';
import { operatorsFolder, thirdPartyPlugin } from '@esox/testbed/plugins';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { installOperator } from './operator-install.fixture.ts';
import { OperatorProcess } from './operator-process.fixture.ts';
import { clusterWithCrds, schemaAt } from './test-cluster.fixture.ts';

const ledger = join(thirdPartyPlugin, 'generated/schema.json');
const apiVersion = 'external-secrets.io/v1';
let api: ApiServer;
let namespace: string;

beforeAll(async () => {
  api = await clusterWithCrds('plugins', [await schemaAt(ledger)]);
  namespace = await api.createNamespace({ prefix: 'plugins' });
  const provider = { ledger: { entries: { db: 'from the ledger' } } };
  await post('secretstores', { kind: 'SecretStore', metadata: { name: 'ledger' }, spec: { provider } });
  const data = [{ secretKey: 'password', remoteRef: { key: 'db' } }];
  const spec = { secretStoreRef: { name: 'ledger' }, data };
  await post('externalsecrets', { kind: 'ExternalSecret', metadata: { name: 'app' }, spec });
});

afterAll(() => api.close());

async function post(plural: string, body: object): Promise<void> {
  const path = `/apis/${apiVersion}/namespaces/${namespace}/${plural}`;
  await api.client.call({ method: 'POST', path, body: { apiVersion, ...body } });
}

interface Status {
  readonly status?: { readonly conditions?: readonly { readonly message: string }[] };
  readonly data?: Readonly<Record<string, string>>;
}

it('boots with no plugin installed, in little memory, and says what a store needs', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'esox-no-plugin-'));
  const program = await installOperator(join(folder, 'node_modules'));
  await using operator = await OperatorProcess.start({ program, args: [], env: { KUBECONFIG: api.kubeconfigPath } });
  await operator.ready();
  expect(JSON.parse((await operator.get(operator.livePort, '/plugins')).text)).toEqual([]);
  const path = `/apis/${apiVersion}/namespaces/${namespace}/secretstores/ledger`;
  const message = await waitUntil(
    async () => (await api.client.call<Status>({ path })).status?.conditions?.[0]?.message,
    { what: 'a condition of the store', deadlineMs: 10_000 },
  );
  expect(message).toContain('@esox/provider-ledger');
  expect(await operator.residentMiB()).toBeLessThan(90);
  expect(await operator.end('SIGTERM')).toBe(0);
  await rm(folder, { recursive: true });
});

it("a plugin from outside, packed and installed into the operator's folder, is loaded and syncs", async () => {
  await using folder = await operatorsFolder();
  const program = await installOperator(join(folder.path, 'node_modules'));
  await using operator = await OperatorProcess.start({ program, args: [], env: { KUBECONFIG: api.kubeconfigPath } });
  await operator.ready();
  const path = `/api/v1/namespaces/${namespace}/secrets/app`;
  const secret = await waitUntil(
    async () => {
      const { status, body } = await api.client.request<Status>({ path });
      return status === 200 && body;
    },
    { what: 'the Secret', deadlineMs: 20_000 },
  );
  expect(Buffer.from(secret.data?.['password'] ?? '', 'base64').toString()).toBe('from the ledger');
  const plugins: unknown = JSON.parse((await operator.get(operator.livePort, '/plugins')).text);
  expect(plugins).toMatchObject([{ name: '@acme/esox-provider-ledger', version: '1.2.3', state: 'loaded' }]);
});
