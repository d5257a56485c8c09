import { type FaultProxy, isWatch, type ProxiedRequest, startFaultProxy, statusAnswer, testbed } from '@esox/testbed';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Cluster } from '../port.ts';
import {
  CONFIG_MAPS,
  configMap,
  type ConfigMap,
  openCluster,
  SECRETS,
  type TestCluster,
} from './kube-cluster.fixture.ts';

const { kubernetes } = testbed();
const { signal } = new AbortController();

let proxy: FaultProxy;
let open: TestCluster;
let cluster: Cluster;
let namespace: string;

beforeEach(async () => {
  namespace = await kubernetes.createNamespace({ prefix: 'client' });
  proxy = await startFaultProxy({ target: kubernetes.url, caPem: kubernetes.caPem });
  open = await openCluster({ url: proxy.url, requestTimeoutMs: 1_000 });
  cluster = open.cluster;
});

afterEach(async () => {
  await cluster.close();
  await proxy.stop();
});

const isGet = ({ method }: ProxiedRequest): boolean => method === 'GET';
const isWrite = ({ method }: ProxiedRequest): boolean => method !== 'GET';
const busy = statusAnswer(429, 'TooManyRequests', { 'retry-after': '1' });

function read(name = 'one'): Promise<unknown> {
  return cluster.get(CONFIG_MAPS, { namespace, name }, { signal });
}

test('sends nothing of a class before the time has passed that the API server asked for', async () => {
  const rule = proxy.rule({ match: isWrite, times: 1, action: busy });
  const first = cluster.create(CONFIG_MAPS, configMap(namespace, 'first'), { signal });
  while (rule.hits === 0 || proxy.requests.every(({ status }) => status !== 429)) await tick();
  // One turn for the answer to arrive.
  await tick();
  const refusedAt = proxy.requests.find(({ status }) => status === 429)?.at.getTime() ?? 0;
  const others = Array.from({ length: 20 }, (_, index) =>
    cluster.create(CONFIG_MAPS, configMap(namespace, `other-${index}`), { signal }),
  );
  const reads = Array.from({ length: 5 }, () => read());
  await Promise.all(reads);
  expect(proxy.requests.filter(isWrite)).toHaveLength(1);
  await Promise.all([first, ...others]);
  const writes = proxy.requests.filter(isWrite);
  expect(writes).toHaveLength(22);
  expect(writes.slice(1).every(({ at }) => at.getTime() - refusedAt >= 990)).toBe(true);
});

test('tells the caller of a pause that is too long to wait for, and sends nothing meanwhile', async () => {
  proxy.rule({ match: isGet, times: 1, action: statusAnswer(429, 'TooManyRequests', { 'retry-after': '60' }) });
  await expect(read()).rejects.toMatchObject({ code: 'rate-limited' });
  const next: unknown = await read().catch((error: unknown) => error);
  expect(next).toMatchObject({ code: 'rate-limited' });
  const { retryAfterMs } = next as { retryAfterMs: number };
  expect(retryAfterMs).toBeGreaterThan(50_000);
  expect(retryAfterMs).toBeLessThanOrEqual(60_000);
  expect(proxy.requests).toHaveLength(1);
});

test('gives up on a server that stays too busy', async () => {
  const at = statusAnswer(429, 'TooManyRequests');
  proxy.rule({ match: isWrite, action: at });
  const refused = cluster.create(CONFIG_MAPS, configMap(namespace, 'one'), { signal });
  await expect(refused).rejects.toMatchObject({ code: 'rate-limited', status: 429 });
  expect(proxy.requests).toHaveLength(4);
});

test('a pause ends when the caller gives up', async () => {
  const abort = new AbortController();
  proxy.rule({ match: isGet, times: 1, action: statusAnswer(429, 'TooManyRequests', { 'retry-after': '9' }) });
  const refused = cluster.get(CONFIG_MAPS, { namespace, name: 'one' }, { signal: abort.signal });
  while (proxy.requests.every(({ status }) => status !== 429)) await tick();
  await tick();
  const reason = new Error('enough');
  abort.abort(reason);
  await expect(refused).rejects.toBe(reason);
  expect(proxy.requests).toHaveLength(1);
});

test.each([
  ['a 503', statusAnswer(503, 'ServiceUnavailable')],
  ['a 500', statusAnswer(500, 'InternalError')],
  ['a reset', { kind: 'reset' }],
  ['half an answer', { kind: 'cut', afterBytes: 10 }],
] as const)('repeats a read after %s, and what may be done twice', async (_name, action) => {
  await cluster.create(CONFIG_MAPS, configMap(namespace, 'one'), { signal });
  proxy.reset();
  proxy.rule({ match: isGet, times: 2, action });
  expect(await read()).toMatchObject({ metadata: { name: 'one' } });
  expect(proxy.requests).toHaveLength(3);
  proxy.rule({ match: isWrite, times: 1, action });
  const patch = { type: 'apply', body: configMap(namespace, 'one', { a: '1' }), force: true } as const;
  await cluster.patch(CONFIG_MAPS, { namespace, name: 'one' }, patch, { signal });
  expect(proxy.requests).toHaveLength(5);
});

test('does not repeat a write that may have been done', async () => {
  proxy.rule({ match: isWrite, times: 1, action: { kind: 'lose-answer' } });
  const lost = cluster.create(CONFIG_MAPS, configMap(namespace, 'one'), { signal });
  await expect(lost).rejects.toMatchObject({ code: 'unavailable' });
  expect(proxy.requests).toHaveLength(1);
  const object = await cluster.get<ConfigMap>(CONFIG_MAPS, { namespace, name: 'one' }, { signal });
  expect(object).toBeDefined();
  proxy.rule({ match: isWrite, times: 1, action: { kind: 'lose-answer' } });
  const { uid = '' } = object?.metadata ?? {};
  // Done at the first attempt, gone at the second.
  expect(await cluster.delete(CONFIG_MAPS, { namespace, name: 'one' }, { uid }, { signal })).toBe(false);
});

test('gives up on a server that does not answer in time, and on one that drips', async () => {
  proxy.rule({ match: isGet, times: 1, action: { kind: 'hang' } });
  await expect(read()).rejects.toThrow(/^get configmaps .*\/one: the API server did not answer in time\.$/);
  proxy.rule({ match: isGet, times: 1, action: { kind: 'stall', afterBytes: 10 } });
  await expect(read()).rejects.toMatchObject({ code: 'unavailable' });
  expect(proxy.requests).toHaveLength(2);
});

test.each([
  ['a page of a gateway', { kind: 'answer', status: 200, body: '<html>log in</html>' }],
  ['an empty object', { kind: 'answer', status: 200, body: {} }],
  ['a list', { kind: 'answer', status: 200, body: '[]' }],
  ['a 404 of a gateway', { kind: 'answer', status: 404, body: 'no such page' }],
  ['a redirect', { kind: 'answer', status: 307, headers: { location: 'http://127.0.0.1:1/' } }],
] as const)('takes %s for no answer', async (_name, action) => {
  proxy.rule({ match: isGet, action });
  await expect(read()).rejects.toMatchObject({ code: 'unexpected' });
  await expect(collect()).rejects.toMatchObject({ code: 'unexpected' });
  expect(proxy.requests).toHaveLength(2);
});

async function collect(): Promise<string[]> {
  const names: string[] = [];
  for await (const page of cluster.list(SECRETS, { namespace, signal }))
    names.push(...page.map((item) => item.metadata.name));
  return names;
}

test('asks for smaller pages when one is too large, and misses nothing', async () => {
  const names = Array.from({ length: 45 }, (_, index) => `large-${String(index).padStart(2, '0')}`);
  const data = { value: Buffer.alloc(700_000, 'x').toString('base64') };
  for (const name of names) await cluster.create(SECRETS, { metadata: { namespace, name }, data }, { signal });
  proxy.reset();
  await using patient = await openCluster({ url: proxy.url });
  cluster = patient.cluster;
  expect(await collect()).toEqual(names);
  expect(proxy.requests.map(({ query }) => query.get('limit'))).toEqual(['500', '63', '8', '8', '8', '8', '8', '8']);
});

test('a list that expires between pages goes on without an object twice', async () => {
  const names = Array.from({ length: 510 }, (_, index) => `object-${String(index).padStart(3, '0')}`);
  for (let from = 0; from < names.length; from += 30) {
    const batch = names.slice(from, from + 30);
    await Promise.all(batch.map((name) => cluster.create(SECRETS, { metadata: { namespace, name } }, { signal })));
  }
  const continues = ({ query }: ProxiedRequest): boolean => query.has('continue');
  proxy.rule({ match: continues, times: 1, action: statusAnswer(410, 'Expired') });
  expect(await collect()).toEqual(names);
  proxy.rule({ match: continues, action: statusAnswer(410, 'Expired') });
  await expect(collect()).rejects.toMatchObject({ code: 'expired' });
});

test('passes a warning on once', async () => {
  const text = '299 - "policy: this is deprecated"';
  const action = { kind: 'answer', status: 404, headers: { warning: text }, body: {} } as const;
  proxy.rule({ match: isGet, action });
  await Promise.allSettled([read('one'), read('two')]);
  expect(open.observed.warnings).toEqual([text]);
});

test('a refused watch holds no read back', async () => {
  proxy.rule({ match: isWatch(), action: statusAnswer(429, 'TooManyRequests', { 'retry-after': '30' }) });
  const informer = cluster.watch(CONFIG_MAPS, { namespace, trim: (object) => object });
  await informer.synced;
  while (open.observed.failures.length === 0) await tick();
  expect(await read('missing')).toBeUndefined();
});

function tick(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 5));
}
