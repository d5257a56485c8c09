import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { testbed } from './connect.ts';
import { startFaultProxy, type FaultProxy } from './fault-proxy.ts';
import { isWatch, statusAnswer } from './fault-rule.ts';
import type { KubeClient } from './kube-client.ts';
import { waitUntil } from './wait-until.ts';

const { kubernetes } = testbed();

let proxy: FaultProxy;
let client: KubeClient;
let path: string;

beforeEach(async () => {
  proxy = await startFaultProxy({ target: kubernetes.url, caPem: kubernetes.caPem });
  client = kubernetes.clientFor({ url: proxy.url });
  path = `/api/v1/namespaces/${await kubernetes.createNamespace({ prefix: 'proxy' })}/configmaps`;
});

afterEach(() => proxy.stop());

async function createConfigMap(name: string): Promise<void> {
  const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } };
  await kubernetes.client.call({ method: 'POST', path, body });
}

interface Watch {
  response: IncomingMessage;
  seen: (text: string) => Promise<unknown>;
  text: () => string;
  /** How the stream ended. */
  ended: Promise<'end' | 'error'>;
}

async function watch(): Promise<Watch> {
  const response = await client.stream({ path: `${path}?watch=1` });
  let text = '';
  response.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  const ended = once(response, 'end').then(
    () => 'end' as const,
    () => 'error' as const,
  );
  return {
    response,
    ended,
    text: () => text,
    seen: (part) => waitUntil(() => text.includes(part), { what: `the watch shows ${part}`, deadlineMs: 10_000 }),
  };
}

test('passes a watch through, event by event, and records it', async () => {
  const { seen } = await watch();
  await createConfigMap('one');
  await seen('"name":"one"');
  await createConfigMap('two');
  await seen('"name":"two"');
  expect(proxy.requests).toMatchObject([{ method: 'GET', path, status: 200, state: 'streaming' }]);
  expect(proxy.requests[0]?.query.get('watch')).toBe('1');
  expect(proxy.requests[0]?.bytes).toBeGreaterThan(100);
});

test('sees a client that ends its watch', async () => {
  const { response } = await watch();
  expect(proxy.open(isWatch('configmaps'))).toHaveLength(1);
  response.destroy();
  await waitUntil(() => proxy.open().length === 0, { what: 'the proxy sees it', deadlineMs: 5_000 });
  expect(proxy.requests[0]?.state).toBe('aborted');
});

test('breaks an open watch', async () => {
  const { ended } = await watch();
  expect(proxy.cutOpen(isWatch('secrets'))).toBe(0);
  expect(proxy.cutOpen(isWatch('configmaps'))).toBe(1);
  expect(await ended).toBe('error');
  expect(proxy.requests[0]?.state).toBe('broken');
});

test('ends an open watch in order', async () => {
  const { ended } = await watch();
  proxy.cutOpen(isWatch(), { clean: true });
  expect(await ended).toBe('end');
});

test('stalls an open watch and lets it go on with what was held', async () => {
  const { seen, text } = await watch();
  await createConfigMap('before');
  await seen('"name":"before"');
  expect(proxy.stallOpen(isWatch())).toBe(1);
  await createConfigMap('during');
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(text()).not.toContain('during');
  expect(proxy.releaseOpen()).toBe(1);
  await seen('"name":"during"');
  await createConfigMap('after');
  await seen('"name":"after"');
});

test('puts an event of ours into an open watch', async () => {
  const { seen } = await watch();
  const event = `{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired"}}\n`;
  expect(proxy.injectOpen(isWatch(), event)).toBe(1);
  await seen('"code":410');
  await createConfigMap('later');
  await seen('"name":"later"');
});

test('puts half a frame in front of the next watch', async () => {
  proxy.rule({ match: isWatch(), times: 1, action: { kind: 'inject', bytes: '{"type":"ADD' } });
  const { seen, text } = await watch();
  await createConfigMap('one');
  await seen('"name":"one"');
  expect(text()).toMatch(/^\{"type":"ADD\{"type":"ADDED"/);
});

test('answers 429 as often as told, then passes on', async () => {
  const answer = statusAnswer(429, 'TooManyRequests', { 'retry-after': '1' });
  const rule = proxy.rule({ match: (request) => request.path === path, times: 2, action: answer });
  const statuses = [];
  for (let round = 0; round < 3; round += 1) {
    statuses.push((await client.request({ path })).status);
  }
  expect(statuses).toEqual([429, 429, 200]);
  expect(rule.hits).toBe(2);
  expect(await kubernetes.requestCounts({ namespace: path.split('/')[4] ?? '' })).toEqual({ 'list configmaps': 1 });
});

test('resets, and goes back to normal when the rule is removed', async () => {
  const rule = proxy.rule({ match: () => true, action: { kind: 'reset' } });
  await expect(client.request({ path })).rejects.toThrow('ECONNRESET');
  rule.remove();
  expect((await client.request({ path })).status).toBe(200);
});

test('hangs without an answer', async () => {
  proxy.rule({ match: () => true, action: { kind: 'hang' } });
  await expect(client.request({ path, signal: AbortSignal.timeout(300) })).rejects.toThrow('aborted');
  expect(proxy.requests[0]).toMatchObject({ bytes: 0 });
});

test('breaks what hangs', async () => {
  proxy.rule({ match: () => true, action: { kind: 'hang' } });
  const answer = client.request({ path });
  await waitUntil(() => proxy.requests.length === 1, { what: 'the request', deadlineMs: 5_000 });
  expect(proxy.cutOpen()).toBe(0);
  expect(proxy.cutOpen(undefined, { waiting: true })).toBe(1);
  await expect(answer).rejects.toThrow('socket hang up');
});

test('delays', async () => {
  proxy.rule({ match: () => true, action: { kind: 'delay', milliseconds: 300 } });
  const startedAt = performance.now();
  expect((await client.request({ path })).status).toBe(200);
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(299);
});

test('loses the answer to a write that the server has done', async () => {
  proxy.rule({ match: ({ method }) => method === 'POST', action: { kind: 'lose-answer' } });
  const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'written' } };
  await expect(client.request({ method: 'POST', path, body })).rejects.toThrow('ECONNRESET');
  expect((await client.request({ path: `${path}/written` })).status).toBe(200);
});

test.each([0, 10])('cuts a response after %i bytes', async (afterBytes) => {
  proxy.rule({ match: () => true, action: { kind: 'cut', afterBytes } });
  const response = await client.stream({ path });
  let bytes = 0;
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
  });
  await expect(once(response, 'end')).rejects.toThrow();
  expect(bytes).toBe(afterBytes);
});

test('stalls a response after some bytes, until it is released', async () => {
  proxy.rule({ match: isWatch(), action: { kind: 'stall', afterBytes: 7 } });
  const { seen, text } = await watch();
  await createConfigMap('one');
  await seen('{"type"');
  expect(text()).toBe('{"type"');
  proxy.releaseOpen();
  await seen('"name":"one"');
});

test('passes a body on byte by byte, with a pause before each', async () => {
  proxy.rule({ match: () => true, action: { kind: 'drip', milliseconds: 2 } });
  const startedAt = performance.now();
  const { body } = await client.request<{ kind: string }>({ path });
  expect(body.kind).toBe('ConfigMapList');
  expect(performance.now() - startedAt).toBeGreaterThan(JSON.stringify(body).length);
});

test('answers in place of the server: text and bytes as they are, an object as JSON', async () => {
  const answers = ['text', Uint8Array.of(0xff, 0x00), { of: 'ours' }].map((body) => {
    proxy.rule({ match: () => true, times: 1, action: { kind: 'answer', status: 200, body } });
    return fetch(proxy.url);
  });
  const bodies = await Promise.all(answers.map(async (answer) => Buffer.from(await (await answer).arrayBuffer())));
  expect(bodies.map((body) => body.toString('latin1'))).toEqual(['text', '\xff\x00', '{"of":"ours"}']);
});

test('rewrites a body', async () => {
  proxy.rule({
    match: () => true,
    action: { kind: 'rewrite', body: (body) => body.replace('ConfigMapList', 'Other') },
  });
  expect(await client.call({ path })).toMatchObject({ kind: 'Other' });
});

test('forgets rules and requests at a reset, and keeps streams', async () => {
  const { seen } = await watch();
  proxy.rule({ match: () => true, action: { kind: 'reset' } });
  proxy.stallOpen();
  proxy.reset();
  expect(proxy.requests).toEqual([]);
  await createConfigMap('after');
  await seen('"name":"after"');
  expect((await client.request({ path })).status).toBe(200);
});

test('breaks the connection when the server cannot be reached', async () => {
  await using lost = await startFaultProxy({ target: 'http://127.0.0.1:1' });
  await expect(kubernetes.clientFor({ url: lost.url }).request({ path })).rejects.toThrow('ECONNRESET');
});
