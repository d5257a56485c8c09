import { type FaultProxy, startFaultProxy, testbed, waitUntil } from '@esox/testbed';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { FakeClock } from '../fake-clock.fixture.ts';
import { configMap, CONFIG_MAPS, openCluster, type TestCluster } from './kube-cluster.fixture.ts';
import { LeaderLease } from './leader-lease.ts';

const { kubernetes } = testbed();
const never = new AbortController().signal;

let clock: FakeClock;
/** By how much each clock differs from what sleeps go by. */
let skew: { monotonic: number; wall: number };
let namespace: string;
let proxy: FaultProxy;
let connected: TestCluster;
let lease: LeaderLease;
let lost: boolean;

beforeEach(async () => {
  clock = new FakeClock();
  skew = { monotonic: 0, wall: 0 };
  lost = false;
  namespace = await kubernetes.createNamespace({ prefix: 'loss' });
  proxy = await startFaultProxy({ target: kubernetes.url, caPem: kubernetes.caPem });
  connected = await openCluster({ url: proxy.url });
  const times = { leaseDurationMs: 15_000, renewDeadlineMs: 10_000, retryPeriodMs: 2_000 };
  const clocks = {
    clock: { now: () => clock.now() + skew.wall, sleep: clock.sleep.bind(clock) },
    monotonic: () => clock.now() + skew.monotonic,
  };
  const shared = { cluster: connected.cluster, ...clocks, namespace, name: 'controller' };
  lease = new LeaderLease({ ...shared, ...times, identity: 'one' });
  void lease.lost.then(() => (lost = true));
  await lease.acquire(never);
});

afterEach(async () => {
  await lease.release(never);
  await connected[Symbol.asyncDispose]();
  await proxy.stop();
});

async function pass(ms: number): Promise<void> {
  await clock.advance(ms);
  await waitUntil(() => lost || clock.sleeping === 1, { what: 'the next sleep', deadlineMs: 10_000, intervalMs: 5 });
}

it('whoever was stopped beyond the deadline does not hold it, and gives up without a request', async () => {
  skew.monotonic = 10_000;
  expect(lease.isHeld()).toBe(false);
  const before = connected.observed.requests.length;
  await pass(2_000);
  expect(lost).toBe(true);
  expect(connected.observed.requests.length).toBe(before);
});

it('whoever slept with the machine does not hold it until it is renewed', async () => {
  skew.wall = 60_000;
  expect(lease.isHeld()).toBe(false);
  await pass(2_000);
  expect([lease.isHeld(), lost]).toEqual([true, false]);
});

it('a wall clock that is set back changes nothing', async () => {
  skew.wall = -60_000;
  for (let round = 0; round < 6; round += 1) await pass(2_000);
  expect([lease.isHeld(), lost]).toEqual([true, false]);
  skew.monotonic = 10_000;
  expect(lease.isHeld()).toBe(false);
});

it('when the API server is away it holds it up to the deadline, and gives up then', async () => {
  proxy.rule({ match: () => true, action: { kind: 'reset' } });
  for (let round = 0; round < 4; round += 1) await pass(2_000);
  expect([lease.isHeld(), lost]).toEqual([true, false]);
  await pass(2_000);
  expect([lease.isHeld(), lost]).toEqual([false, true]);
});

it('when the API server comes back in time it goes on', async () => {
  const rule = proxy.rule({ match: () => true, action: { kind: 'reset' } });
  for (let round = 0; round < 3; round += 1) await pass(2_000);
  rule.remove();
  for (let round = 0; round < 5; round += 1) await pass(2_000);
  expect([lease.isHeld(), lost]).toEqual([true, false]);
});

it('a renewal whose answer is lost is no loss', async () => {
  proxy.rule({ match: ({ method }) => method === 'PUT', times: 1, action: { kind: 'lose-answer' } });
  for (let round = 0; round < 3; round += 1) await pass(2_000);
  expect([lease.isHeld(), lost]).toEqual([true, false]);
});

it('when somebody else has it, it gives up at once', async () => {
  const path = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/controller`;
  const body = { spec: { holderIdentity: 'two' } };
  await kubernetes.client.call({ method: 'PATCH', path, body, contentType: 'application/merge-patch+json' });
  await pass(2_000);
  expect([lease.isHeld(), lost]).toEqual([false, true]);
  await lease.release(never);
  expect((await kubernetes.client.call({ path }))['spec']).toMatchObject({ holderIdentity: 'two' });
});

it('a write that is not ours any more does not leave, not even one that waits for a socket; reads do', async () => {
  let mayWrite = true;
  await using fenced = await openCluster({ url: proxy.url, mayWrite: () => mayWrite });
  const { cluster } = fenced;
  const hang = proxy.rule({ match: ({ method }) => method === 'GET', action: { kind: 'hang' } });
  const abort = new AbortController();
  const key = { namespace, name: 'none' };
  // All sockets are taken.
  const reads = Array.from({ length: 32 }, () => cluster.get(CONFIG_MAPS, key, { signal: abort.signal }));
  await waitUntil(() => hang.hits === 32, { what: 'all sockets to be taken', deadlineMs: 10_000 });
  const write = cluster.create(CONFIG_MAPS, configMap(namespace, 'late'), { signal: never });
  const outcome = write.catch((error: unknown) => error);
  const given = cluster.create(CONFIG_MAPS, configMap(namespace, 'given-up'), { signal: abort.signal });
  mayWrite = false;
  hang.remove();
  abort.abort();
  await Promise.allSettled([...reads, given]);
  expect(await outcome).toMatchObject({ code: 'conflict', message: expect.stringContaining('not sent') });

  expect(await cluster.get(CONFIG_MAPS, key, { signal: never })).toBeUndefined();
  const refused = { code: 'conflict' };
  await expect(cluster.patch(CONFIG_MAPS, key, { type: 'merge', body: {} }, { signal: never })).rejects.toMatchObject(
    refused,
  );
  await expect(cluster.delete(CONFIG_MAPS, key, { uid: 'x' }, { signal: never })).rejects.toMatchObject(refused);
  const changing = proxy.requests.filter(({ method }) => method !== 'GET');
  expect(changing.filter(({ path }) => path.includes('configmaps'))).toEqual([]);
  mayWrite = true;
  await cluster.create(CONFIG_MAPS, configMap(namespace, 'in-time'), { signal: never });
});
