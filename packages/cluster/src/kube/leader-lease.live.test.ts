import { testbed, waitUntil } from '@esox/testbed';
import { beforeEach, expect, it } from 'vitest';
import { FakeClock } from '../fake-clock.fixture.ts';
import { openCluster, type TestCluster } from './kube-cluster.fixture.ts';
import { LeaderLease, type LeaderLeaseOptions, type LeaseSpec } from './leader-lease.ts';

const { kubernetes } = testbed();
const never = new AbortController().signal;

let clock: FakeClock;
let namespace: string;

beforeEach(async () => {
  clock = new FakeClock();
  namespace = await kubernetes.createNamespace({ prefix: 'lease' });
});

function replica(connected: TestCluster, identity: string, more: Partial<LeaderLeaseOptions> = {}): LeaderLease {
  const times = { leaseDurationMs: 15_000, renewDeadlineMs: 10_000, retryPeriodMs: 2_000 };
  const { cluster } = connected;
  const shared = { cluster, clock, monotonic: () => clock.now(), namespace, name: 'controller', random: () => 0 };
  return new LeaderLease({ ...shared, ...times, identity, ...more });
}

const path = () => `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/controller`;

async function stored(): Promise<LeaseSpec | undefined> {
  const { status, body } = await kubernetes.client.request<{ spec: LeaseSpec }>({ path: path() });
  return status === 200 ? body.spec : undefined;
}

/** Lets `ms` pass and waits until the next sleep, so that what it set off has been answered. */
async function pass(ms: number, sleepers = 1): Promise<void> {
  await clock.advance(ms);
  await waitUntil(() => clock.sleeping === sleepers, { what: 'the next sleep', deadlineMs: 10_000, intervalMs: 5 });
}

it('the first takes it, and the object is one of Kubernetes own components', async () => {
  await using connected = await openCluster();
  const lease = replica(connected, 'one');
  expect(lease.isHeld()).toBe(false);
  await lease.acquire(never);
  expect(lease.isHeld()).toBe(true);
  const now = '1970-01-01T00:16:40.000000Z';
  expect(await stored()).toEqual({
    holderIdentity: 'one',
    leaseDurationSeconds: 15,
    acquireTime: now,
    renewTime: now,
    leaseTransitions: 0,
  });
  await lease.release(never);
});

it('is renewed with one request each period, and stays of whom it was', async () => {
  await using connected = await openCluster();
  const lease = replica(connected, 'one');
  await lease.acquire(never);
  const before = connected.observed.requests.length;
  for (let round = 0; round < 10; round += 1) await pass(2_000);
  expect(connected.observed.requests.slice(before).map(({ verb, status }) => `${verb} ${status}`)).toEqual(
    Array.from({ length: 10 }, () => 'update 200'),
  );
  expect(lease.isHeld()).toBe(true);
  expect(await stored()).toMatchObject({
    acquireTime: '1970-01-01T00:16:40.000000Z',
    renewTime: '1970-01-01T00:17:00.000000Z',
    leaseTransitions: 0,
  });
  await lease.release(never);
});

it('a second one waits as long as the first renews, and takes over when that has ended for the whole duration', async () => {
  await using connected = await openCluster();
  const first = replica(connected, 'one');
  const second = replica(connected, 'two');
  await first.acquire(never);
  let isLeader = false;
  const acquired = second.acquire(never).then(() => (isLeader = true));
  await waitUntil(() => clock.sleeping === 2, { what: 'both to sleep', deadlineMs: 10_000 });
  for (let round = 0; round < 10; round += 1) await pass(2_000, 2);
  expect(isLeader).toBe(false);

  // The first one is gone without a word.
  await first.release(AbortSignal.abort());
  const goneAt = clock.now();
  while (!isLeader) await pass(1_000);
  await acquired;
  expect(clock.now() - goneAt).toBeGreaterThanOrEqual(15_000);
  // It may have looked just before the last renewal, and looks every two seconds.
  expect(clock.now() - goneAt).toBeLessThanOrEqual(19_000);
  expect(await stored()).toMatchObject({ holderIdentity: 'two', leaseTransitions: 1 });
  await second.release(never);
});

it('a lease that was released is taken at the next try', async () => {
  await using connected = await openCluster();
  const first = replica(connected, 'one');
  const second = replica(connected, 'two');
  await first.acquire(never);
  const acquired = second.acquire(never);
  await waitUntil(() => clock.sleeping === 2, { what: 'both to sleep', deadlineMs: 10_000 });
  await first.release(never);
  expect(await stored()).toMatchObject({ holderIdentity: '', leaseDurationSeconds: 1 });
  expect(first.isHeld()).toBe(false);
  await clock.advance(2_000);
  await acquired;
  expect(await stored()).toMatchObject({ holderIdentity: 'two', leaseTransitions: 1 });
  await second.release(never);
});

it('of two that want it in the same moment one gets it', async () => {
  await using connected = await openCluster();
  const replicas = ['one', 'two', 'three', 'four'].map((identity) => replica(connected, identity));
  const stop = new AbortController();
  const acquired = replicas.map((lease) => lease.acquire(stop.signal));
  await waitUntil(() => clock.sleeping === 4, { what: 'all to have tried', deadlineMs: 10_000 });
  expect(replicas.filter((lease) => lease.isHeld())).toHaveLength(1);
  stop.abort();
  const outcomes = await Promise.allSettled(acquired);
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  await Promise.all(replicas.map((lease) => lease.release(never)));
});

it('a lease of somebody whose clock is wrong, or who stopped long ago, is watched for its whole duration first', async () => {
  const old = '2001-01-01T00:00:00.000000Z';
  const spec = {
    holderIdentity: 'eso',
    leaseDurationSeconds: 15,
    acquireTime: old,
    renewTime: old,
    leaseTransitions: 7,
  };
  const collection = path().replace('/controller', '');
  await kubernetes.client.call({ method: 'POST', path: collection, body: { metadata: { name: 'controller' }, spec } });
  await using connected = await openCluster();
  const lease = replica(connected, 'one');
  const acquired = lease.acquire(never);
  await waitUntil(() => clock.sleeping === 1, { what: 'the first try', deadlineMs: 10_000 });
  for (let round = 0; round < 7; round += 1) await pass(2_000);
  expect(await stored()).toMatchObject({ holderIdentity: 'eso' });
  await clock.advance(2_000);
  await acquired;
  expect(await stored()).toMatchObject({ holderIdentity: 'one', leaseTransitions: 8 });
  await lease.release(never);
});

it('a lease that somebody deletes is made anew by its holder', async () => {
  await using connected = await openCluster();
  const lease = replica(connected, 'one');
  await lease.acquire(never);
  await kubernetes.client.call({ method: 'DELETE', path: path() });
  await pass(2_000);
  expect(await stored()).toMatchObject({ holderIdentity: 'one' });
  expect(lease.isHeld()).toBe(true);
  await lease.release(never);
});
