import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ApiServer, type FaultProxy, startFaultProxy, testbed, waitUntil } from '@esox/testbed';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { externalSecret, store } from './manifests.fixture.ts';
import { OperatorProcess } from './operator-process.fixture.ts';
import { clusterWithCrds, createIn, operatorRules } from './test-cluster.fixture.ts';

const { vault } = testbed();
let api: ApiServer;
let proxy: FaultProxy;
let namespace: string;
let user: string;
let env: Record<string, string>;

beforeAll(async () => {
  api = await clusterWithCrds('graceful-stop');
  await vault.write('sys/auth/graceful', { type: 'approle' });
  await vault.write('sys/policies/acl/graceful', {
    policy: 'path "secret/data/graceful-*" { capabilities = ["read"] }',
  });
  await vault.write('auth/graceful/role/operator', { token_policies: 'graceful' });
  await vault.write('secret/data/graceful-password', { data: { value: 'p1' } });
});

afterAll(() => api.close());

beforeEach(async () => {
  proxy = await startFaultProxy({ target: vault.url });
  namespace = await api.createNamespace({ prefix: 'stop' });
  const account = await api.createUser({ namespace, name: 'operator', clusterRules: operatorRules });
  user = account.user;
  const kubeconfig = join(tmpdir(), `esox-stop-${randomUUID()}.json`);
  await writeFile(kubeconfig, api.kubeconfig({ token: account.token, namespace }), { mode: 0o600 });
  env = { KUBECONFIG: kubeconfig };
  await vaultStore();
});

afterEach(() => proxy.stop());

/** Logs in, so that there is something to give back. */
async function vaultStore(): Promise<void> {
  const role = (await vault.read('auth/graceful/role/operator/role-id')) as { data: { role_id: string } };
  const secret = (await vault.write('auth/graceful/role/operator/secret-id')) as { data: { secret_id: string } };
  const data = { id: Buffer.from(secret.data.secret_id).toString('base64') };
  const path = `/api/v1/namespaces/${namespace}/secrets`;
  await api.client.call({ method: 'POST', path, body: { metadata: { name: 'login' }, data } });
  const secretRef = { name: 'login', key: 'id' };
  const appRole = { path: 'graceful', roleId: role.data.role_id, secretRef };
  const provider = { vault: { server: proxy.url, path: 'secret', version: 'v2', auth: { appRole } } };
  await createIn(api, namespace, store('main', provider));
}

async function start(...args: string[]): Promise<OperatorProcess> {
  const operator = await OperatorProcess.start({ args: ['--namespace', namespace, ...args], env });
  const path = `/apis/external-secrets.io/v1/namespaces/${namespace}/secretstores/main`;
  const isValid = async () => JSON.stringify(await api.client.call({ path })).includes('"reason":"Valid"');
  await waitUntil(isValid, { what: 'the store to be valid', deadlineMs: 15_000 });
  return operator;
}

const isRead = ({ path }: { path: string }) => path.includes('/data/graceful-');
const isRevocation = ({ path }: { path: string }) => path === '/v1/auth/token/revoke-self';

async function createAndAwaitRead(rule: { readonly hits: number }, ...names: string[]): Promise<void> {
  await createIn(api, namespace, ...names.map((name) => externalSecret(name, 'main', 'graceful-password')));
  await waitUntil(() => rule.hits > 0, { what: 'a read under way', deadlineMs: 10_000, intervalMs: 5 });
}

async function statusOf(name: string): Promise<number> {
  return (await api.client.request({ path: `/api/v1/namespaces/${namespace}/secrets/${name}` })).status;
}

it('what is in work is finished, the login is given back, and the Lease goes last', async () => {
  await using operator = await start('--enable-leader-election');
  const slow = proxy.rule({ match: isRead, action: { kind: 'delay', milliseconds: 1_000 } });
  await createAndAwaitRead(slow, 'app');
  const ended = operator.end('SIGTERM');
  await waitUntil(async () => (await operator.get(operator.livePort, '/readyz')).status === 503, {
    what: 'not to be ready',
    deadlineMs: 5_000,
    intervalMs: 20,
  });
  // Stopping is no reason to be killed.
  expect((await operator.get(operator.livePort, '/healthz')).status).toBe(200);
  expect((await operator.get(operator.livePort, '/readyz')).text).toBe('stopping\n');
  expect(await ended).toBe(0);
  expect(await statusOf('app')).toBe(200);
  const status = await api.client.call({
    path: `/apis/external-secrets.io/v1/namespaces/${namespace}/externalsecrets/app`,
  });
  expect(JSON.stringify(status)).toContain('"reason":"SecretSynced"');
  expect(proxy.requests.filter(isRevocation)).toMatchObject([{ status: 204 }]);

  const requests = (await api.requests({ user })).filter(({ verb }) => !['get', 'list', 'watch'].includes(verb));
  const inOrder = requests.toSorted((a, b) => a.at.getTime() - b.at.getTime()).map(({ resource }) => resource);
  expect(inOrder.at(-1)).toBe('leases');
  const path = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/external-secrets-controller`;
  expect(await api.client.call({ path })).toMatchObject({ spec: { holderIdentity: '' } });
});

it('what a backend does not answer is left behind after the grace period, and nothing is written of it', async () => {
  await using operator = await start('--shutdown-grace-period=1s');
  const hang = proxy.rule({ match: isRead, action: { kind: 'hang' } });
  await createAndAwaitRead(hang, 'app', 'other');
  const since = new Date();
  expect(await operator.end('SIGTERM')).toBe(0);
  expect(await statusOf('app')).toBe(404);
  // It was nobody's failure: the next process goes on where this one ended.
  const writes = (await api.requests({ user, since })).filter(({ verb }) => !['get', 'list', 'watch'].includes(verb));
  expect(writes).toEqual([]);
  expect(proxy.requests.filter(isRevocation)).toMatchObject([{ status: 204 }]);
  hang.remove();
  await using next = await start();
  await waitUntil(async () => (await statusOf('app')) === 200, { what: 'the Secret', deadlineMs: 15_000 });
  expect(await next.end('SIGTERM')).toBe(0);
});

it('a backend that does not even take the login back holds nobody up', async () => {
  await using operator = await start('--shutdown-grace-period=1s', '--enable-leader-election');
  const hang = proxy.rule({ match: () => true, action: { kind: 'hang' } });
  await createAndAwaitRead(hang, 'app');
  expect(await operator.end('SIGTERM')).toBe(0);
  expect(proxy.requests.filter(isRevocation)).toMatchObject([{ state: 'aborted' }]);
  const path = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/external-secrets-controller`;
  expect(await api.client.call({ path })).toMatchObject({ spec: { holderIdentity: '' } });
});

it('a second signal ends it at once', async () => {
  await using operator = await start('--shutdown-grace-period=60s');
  const hang = proxy.rule({ match: isRead, action: { kind: 'hang' } });
  await createAndAwaitRead(hang, 'app');
  const ended = operator.end('SIGTERM');
  await waitUntil(() => operator.output.includes('stopping'), { what: 'it to be stopping', deadlineMs: 5_000 });
  expect(await operator.end('SIGTERM')).toBeNull();
  await ended;
});
