import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ApiServer, waitUntil } from '@esox/testbed';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { externalSecret, fakeStore } from './manifests.fixture.ts';
import { OperatorProcess } from './operator-process.fixture.ts';
import { clusterWithCrds, createIn, operatorRules } from './test-cluster.fixture.ts';

const leaseMs = 4_000;
const times = ['--leader-election-lease-duration=4s', '--leader-election-renew-deadline=2s'];
const flags = ['--enable-leader-election', ...times, '--leader-election-retry-period=500ms'];

let api: ApiServer;
let namespace: string;

beforeAll(async () => {
  api = await clusterWithCrds('leader-election');
});

beforeEach(async () => {
  namespace = await api.createNamespace({ prefix: 'leader' });
  await create(fakeStore('main', { password: 'p1' }));
});

afterAll(() => api.close());

const create = (...objects: object[]) => createIn(api, namespace, ...objects);

/** An operator with a user of its own, so that the audit log tells who wrote. */
class Replica implements AsyncDisposable {
  readonly operator: OperatorProcess;
  readonly #user: string;

  private constructor(operator: OperatorProcess, user: string) {
    this.operator = operator;
    this.#user = user;
  }

  static async start(name: string): Promise<Replica> {
    const { user, token } = await api.createUser({ namespace, name, clusterRules: operatorRules });
    const kubeconfig = join(tmpdir(), `esox-replica-${randomUUID()}.json`);
    await writeFile(kubeconfig, api.kubeconfig({ token, namespace }), { mode: 0o600 });
    const args = [...flags, '--namespace', namespace];
    const operator = await OperatorProcess.start({ args, env: { KUBECONFIG: kubeconfig } });
    await operator.ready();
    return new Replica(operator, user);
  }

  async leads(): Promise<boolean> {
    const { text } = await this.operator.get(this.operator.metricsPort, '/metrics');
    return text.includes('leader_election_master_status{name="external-secrets-controller"} 1');
  }

  whenLeading(deadlineMs: number): Promise<unknown> {
    return waitUntil(() => this.leads(), { what: 'the replica to lead', deadlineMs });
  }

  /** What it wrote besides its Lease. */
  async writes(since?: Date): Promise<readonly object[]> {
    const requests = await api.requests({ user: this.#user, ...(since ? { since } : {}) });
    const reads = ['get', 'list', 'watch'];
    return requests.filter(({ verb, resource }) => !reads.includes(verb) && resource !== 'leases');
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.operator[Symbol.asyncDispose]();
  }
}

function synced(name: string): Promise<unknown> {
  const path = `/api/v1/namespaces/${namespace}/secrets/${name}`;
  const exists = async () => (await api.client.request({ path })).status === 200;
  return waitUntil(exists, { what: `the Secret ${name}`, deadlineMs: 20_000 });
}

async function holder(): Promise<unknown> {
  const path = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/external-secrets-controller`;
  return (await api.client.call<{ spec: { holderIdentity: string } }>({ path })).spec.holderIdentity;
}

it('of two replicas one writes, and the other is ready to', async () => {
  await using first = await Replica.start('first');
  await first.whenLeading(5_000);
  await using second = await Replica.start('second');
  await create(...Array.from({ length: 20 }, (_unused, index) => externalSecret(`app-${index}`, 'main', 'password')));
  for (let index = 0; index < 20; index += 1) await synced(`app-${index}`);
  expect(await second.leads()).toBe(false);
  expect(await second.writes()).toEqual([]);
  expect((await first.writes()).length).toBeGreaterThanOrEqual(20);

  expect(await first.operator.end('SIGTERM')).toBe(0);
  // It was given up, so nobody waits for its end.
  await second.whenLeading(leaseMs);
  await create(externalSecret('later', 'main', 'password'));
  await synced('later');
  expect(await second.operator.end('SIGTERM')).toBe(0);
  expect(await holder()).toBe('');
});

it('a leader that is killed is followed within the duration of its Lease', async () => {
  await using first = await Replica.start('first');
  await first.whenLeading(5_000);
  await using second = await Replica.start('second');
  await first.operator.end('SIGKILL');
  await create(externalSecret('app', 'main', 'password'));
  // The standby looks every 0.5 to 1.1 s.
  await second.whenLeading(leaseMs + 2_000);
  await synced('app');
});

it('a leader that was stopped in the middle of its work writes nothing when it goes on', async () => {
  const names = Array.from({ length: 300 }, (_unused, index) => `app-${index}`);
  await create(...names.map((name) => externalSecret(name, 'main', 'password')));
  await using first = await Replica.start('first');
  await synced('app-10');
  first.operator.signal('SIGSTOP');
  const before = (await first.writes()).length;
  await using second = await Replica.start('second');
  await second.whenLeading(leaseMs + 2_000);
  for (const name of names) await synced(name);
  const since = new Date();
  first.operator.signal('SIGCONT');
  expect(await first.operator.exit()).toBe(1);
  expect(first.operator.output).toContain('another replica may be working');
  expect(await first.writes(since)).toEqual([]);
  expect(before).toBeLessThan(2 * names.length);
  expect(await second.leads()).toBe(true);
});

it('a leader that cannot renew its Lease ends, and not as if it had been asked to', async () => {
  await using first = await Replica.start('first');
  await first.whenLeading(5_000);
  api.pause();
  try {
    expect(await first.operator.exit()).toBe(1);
    expect(first.operator.output).toContain('another replica may be working');
  } finally {
    api.resume();
  }
});
