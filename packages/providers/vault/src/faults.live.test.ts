import { inspect } from 'node:util';
import { beforeAll, expect, test } from 'vitest';
import { type FaultAction, type FaultProxy, startFaultProxy, startVault, testbed } from '@esox/testbed';
import { call, connectAsRoot, unique } from './vault-store.fixture.ts';

const { vault } = testbed();
const folder = unique('faults');
const key = `${folder}/app`;
const document = '{"a":"b"}';

beforeAll(async () => {
  await vault.write(`secret/data/${key}`, { data: { a: 'b' } });
});

function answer(status: number, body: object | string = { errors: [] }, headers = {}): FaultAction {
  return { kind: 'answer', status, body, headers };
}

async function connectThrough(
  proxy: FaultProxy,
  retry?: { maxRetries: number | undefined; intervalMs: number | undefined },
) {
  const waits: number[] = [];
  const clock = {
    now: () => Date.now(),
    sleep: async (ms: number) => {
      waits.push(ms);
    },
  };
  const store = await connectAsRoot({ url: proxy.url, rootToken: vault.rootToken }, {}, { store: { retry }, clock });
  return { store, waits, [Symbol.asyncDispose]: () => store[Symbol.asyncDispose]() };
}

test.each([
  ['503', answer(503, { errors: ['Vault is sealed'] })],
  ['500', answer(500)],
  ['412', answer(412)],
  ['a reset connection', { kind: 'reset' } as const],
  ['an answer that breaks off', { kind: 'cut', afterBytes: 10 } as const],
])('%s is tried again twice, with waits of 1 to 1.5 s', async (_, action) => {
  await using proxy = await startFaultProxy({ target: vault.url });
  await using connected = await connectThrough(proxy);
  proxy.rule({ match: () => true, times: 2, action });
  expect(await connected.store.read({ key })).toBe(document);
  expect(connected.waits.length).toBe(2);
  expect(connected.waits.every((ms) => ms >= 1000 && ms <= 1500)).toBe(true);

  const third = proxy.rule({ match: () => true, action });
  expect(await connected.store.read({ key })).toBe('unavailable');
  expect(third.hits).toBe(3);
});

test.each([
  ['501', answer(501), 'unavailable'],
  ['403', answer(403, { errors: ['1 error occurred:\n\t* permission denied\n\n'] }), 'denied'],
  ['400', answer(400, { errors: ['whatever'] }), 'invalid-ref'],
  ['405', answer(405), 'invalid-config'],
  ['a redirect', answer(307, '', { location: 'http://127.0.0.1:1/v1/secret' }), 'invalid-config'],
])('%s is not tried again', async (_, action, code) => {
  await using proxy = await startFaultProxy({ target: vault.url });
  await using connected = await connectThrough(proxy);
  proxy.rule({ match: () => true, action });
  expect(await connected.store.read({ key })).toBe(code);
  expect(proxy.requests.length).toBe(1);
});

test('retrySettings: their number counts, and without a number nothing is tried again', async () => {
  await using proxy = await startFaultProxy({ target: vault.url });
  const rule = proxy.rule({ match: () => true, action: answer(503) });
  await using four = await connectThrough(proxy, { maxRetries: 4, intervalMs: 250 });
  expect(await four.store.read({ key })).toBe('unavailable');
  expect(rule.hits).toBe(5);
  expect(four.waits).toEqual([250, 250, 250, 250]);
  await using none = await connectThrough(proxy, { maxRetries: undefined, intervalMs: 250 });
  expect(await none.store.read({ key })).toBe('unavailable');
  expect(rule.hits).toBe(6);
});

test('throttling says how long to wait, and is left to the caller', async () => {
  await using proxy = await startFaultProxy({ target: vault.url });
  await using connected = await connectThrough(proxy);
  proxy.rule({
    match: () => true,
    action: answer(429, { errors: ['request path throttled'] }, { 'retry-after': '7' }),
  });
  const [outcome] = await connected.store.client.read([{ key }], call());
  expect(outcome).toMatchObject({ ok: false, error: { code: 'rate-limited', retryAfterMs: 7000 } });
  expect(proxy.requests.length).toBe(1);
});

test('a short Retry-After of a fault is waited for, a long one is handed on', async () => {
  await using proxy = await startFaultProxy({ target: vault.url });
  await using connected = await connectThrough(proxy);
  proxy.rule({ match: () => true, times: 1, action: answer(503, {}, { 'retry-after': '5' }) });
  expect(await connected.store.read({ key })).toBe(document);
  expect(connected.waits).toEqual([5000]);
  const long = proxy.rule({ match: () => true, action: answer(503, {}, { 'retry-after': '600' }) });
  const [outcome] = await connected.store.client.read([{ key }], call());
  expect(outcome).toMatchObject({ ok: false, error: { code: 'unavailable', retryAfterMs: 600_000 } });
  expect(long.hits).toBe(1);
});

test('a sealed server and one that is gone are unavailable, for reads and for the check', async () => {
  const own = await startVault();
  const store = await connectAsRoot(own);
  await own.write(`secret/data/${key}`, { data: { a: 'b' } });
  expect(await store.read({ key })).toBe(document);

  await own.write('sys/seal');
  const [sealed] = await store.client.read([{ key }], call());
  expect(sealed).toMatchObject({
    ok: false,
    error: { code: 'unavailable', message: expect.stringContaining('sealed') },
  });
  await expect(store.client.check(call())).rejects.toMatchObject({ code: 'unavailable' });

  await own.stop();
  expect(await store.read({ key })).toBe('unavailable');
  await expect(store.client.check(call())).rejects.toMatchObject({ code: 'unavailable' });
  await store[Symbol.asyncDispose]();
});

test('a call that is aborted rejects while the server hangs, and leaves the next one alone', async () => {
  await using proxy = await startFaultProxy({ target: vault.url });
  await using connected = await connectThrough(proxy);
  proxy.rule({ match: () => true, times: 1, action: { kind: 'hang' } });
  const controller = new AbortController();
  const reading = connected.store.client.read([{ key }], { signal: controller.signal });
  await expect.poll(() => proxy.requests.length).toBe(1);
  controller.abort();
  await expect(reading).rejects.toMatchObject({ code: 'unavailable' });
  expect(await connected.store.read({ key })).toBe(document);
});

test('nothing of an answer’s text is shown, whatever the status', async () => {
  const canary = 'canary-4711';
  await using proxy = await startFaultProxy({ target: vault.url });
  await using connected = await connectThrough(proxy, { maxRetries: 0, intervalMs: undefined });
  const bodies = [
    { errors: [canary], warnings: [canary], data: { data: { value: canary } } },
    { errors: [`no handler for route "${canary}"`] },
    `not JSON ${canary}`,
    `{"data":{"data":"${canary}"},"metadata":{}}`,
  ];
  for (const status of [200, 204, 301, 400, 401, 403, 404, 405, 412, 429, 472, 500, 501, 502, 503]) {
    for (const body of bodies) {
      const rule = proxy.rule({
        match: ({ path }) => !path.includes('lookup-self'),
        times: 1,
        action: answer(status, body),
      });
      const [outcome] = await connected.store.client.read([{ key }], call());
      expect(outcome?.ok, `${status}`).toBe(false);
      expect(inspect([outcome, connected.store.host.logs], { depth: 10, showHidden: true })).not.toContain(canary);
      rule.remove();
    }
  }
});

test('the community edition’s refusal of X-Vault-Inconsistent names the field', async () => {
  await using store = await connectAsRoot(vault, { readYourWrites: true, forwardInconsistent: true });
  const [outcome] = await store.client.read([{ key }], call());
  expect(outcome).toMatchObject({
    ok: false,
    error: { code: 'invalid-config', message: expect.stringContaining('forwardInconsistent') },
  });
});
