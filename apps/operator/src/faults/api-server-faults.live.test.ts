import { type ApiServer, isWatch, type ProxiedRequest, statusAnswer, testbed, waitUntil } from '@esox/testbed';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { clusterWithCrds } from '../test-cluster.fixture.ts';
import { ProvingGround } from './proving-ground.fixture.ts';

let api: ApiServer;

beforeAll(async () => {
  api = await clusterWithCrds('api-faults');
});

afterAll(() => api.close());

const isWrite = ({ method }: ProxiedRequest): boolean => method !== 'GET';

async function syncedGround(): Promise<{ ground: ProvingGround; first: string }> {
  const ground = await ProvingGround.open(api, testbed().vault);
  const first = await ground.put('app');
  await ground.externalSecret('app');
  return { ground, first };
}

it('rows B01 and B03: watches that are cut, or answered 410, lose no change', { timeout: 120_000 }, async () => {
  const { ground, first } = await syncedGround();
  await using _ground = ground;
  await using operator = await ground.start();
  await ground.follows('app', first);
  for (let round = 0; round < 4; round++) {
    ground.apiProxy.cutOpen(isWatch(), { clean: round % 2 === 0 });
    const rule = ground.apiProxy.rule({ match: isWatch(), times: 3, action: statusAnswer(410, 'Expired') });
    const key = `round-${round}`;
    const value = await ground.put(key);
    await ground.externalSecret(key);
    await ground.follows(key, value);
    rule.remove();
  }
  expect(await ground.leaks(operator)).toEqual([]);
});

it('row B01b: a half-open watch is noticed', { timeout: 150_000 }, async () => {
  const { ground, first } = await syncedGround();
  await using _ground = ground;
  await using operator = await ground.start();
  await ground.follows('app', first);
  expect(ground.apiProxy.stallOpen(isWatch('externalsecrets'))).toBeGreaterThan(0);
  const value = await ground.put('later');
  await ground.externalSecret('later');
  await ground.follows('later', value, 120_000);
  expect(await ground.leaks(operator)).toEqual([]);
});

it.each([
  ['B06: 429 with Retry-After', statusAnswer(429, 'TooManyRequests', { 'retry-after': '1' })],
  ['B07: 503', statusAnswer(503, 'ServiceUnavailable')],
  ['B08: 409, over and over', statusAnswer(409, 'Conflict')],
  ['B14: the answer is lost, the write is done', { kind: 'lose-answer' }],
] as const)('row %s: writes come through in the end, each once', { timeout: 90_000 }, async (_name, action) => {
  const { ground } = await syncedGround();
  await using _ground = ground;
  const rule = ground.apiProxy.rule({ match: isWrite, times: 6, action });
  await using operator = await ground.start();
  const value = await ground.put('app');
  await ground.follows('app', value, 60_000);
  expect(rule.hits).toBeGreaterThan(2);
  expect(await ground.leaks(operator)).toEqual([]);
});

it(
  'row B13: an API server that is killed again and again ends nothing, and loses nothing',
  { timeout: 240_000 },
  async () => {
    const { ground, first } = await syncedGround();
    await using _ground = ground;
    await using operator = await ground.start();
    await ground.follows('app', first);
    for (let round = 0; round < 3; round++) {
      await api.kill();
      const value = await ground.put('app');
      await api.start();
      await ground.follows('app', value, 60_000);
    }
    expect(await operator.end('SIGTERM')).toBe(0);
  },
);

it('an operator that is paused goes on where it was', { timeout: 60_000 }, async () => {
  const { ground, first } = await syncedGround();
  await using _ground = ground;
  await using operator = await ground.start();
  await ground.follows('app', first);
  process.kill(operator.pid, 'SIGSTOP');
  const value = await ground.put('app');
  await ground.externalSecret('later');
  const later = await ground.put('later');
  await new Promise((resolve) => setTimeout(resolve, 5000));
  expect(await ground.password('app')).toBe(first);
  process.kill(operator.pid, 'SIGCONT');
  await ground.follows('app', value);
  await ground.follows('later', later);
  expect(await operator.end('SIGTERM')).toBe(0);
});

it('killed at many points of many syncs, it ends with every Secret equal', { timeout: 240_000 }, async () => {
  const { ground } = await syncedGround();
  await using _ground = ground;
  const keys = Array.from({ length: 60 }, (_unused, index) => `many-${index}`);
  const values = new Map<string, string>();
  for (const key of keys) {
    values.set(key, await ground.put(key));
    await ground.externalSecret(key, { refreshInterval: '1h' });
  }
  for (let round = 1; round <= 5; round++) {
    await using killed = await ground.start();
    const wanted = round * 10;
    const some = async (): Promise<boolean> => (await countOf(ground, keys)) >= wanted;
    await waitUntil(some, { what: 'some Secrets', deadlineMs: 30_000, intervalMs: 5 });
    await killed.end('SIGKILL');
  }
  await using operator = await ground.start();
  for (const [key, value] of values) await ground.follows(key, value, 60_000);
  expect(await ground.leaks(operator)).toEqual([]);
});

async function countOf(ground: ProvingGround, keys: readonly string[]): Promise<number> {
  const path = `/api/v1/namespaces/${ground.namespace}/secrets`;
  const { items } = await api.client.call<{ items: { metadata: { name: string } }[] }>({ path });
  return items.filter(({ metadata }) => keys.includes(metadata.name)).length;
}
