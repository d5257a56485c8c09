import { inspect } from 'node:util';
import { beforeAll, expect, test } from 'vitest';
import { Sealed } from '@esox/core';
import { type FaultAction, startFaultProxy, testbed } from '@esox/testbed';
import { call, connectWithToken, remoteLogin, type RemoteLogin, storeSecret } from './remote-cluster.fixture.ts';

const cluster = testbed().kubernetes;

let login: RemoteLogin;
beforeAll(async () => {
  login = await remoteLogin(cluster);
  await storeSecret(cluster, login.namespace, 'app', { data: { a: 'b' } });
});

async function through(action: FaultAction, times?: number) {
  const proxy = await startFaultProxy({ target: cluster.url, caPem: cluster.caPem });
  const rule = proxy.rule({ match: () => true, action, ...(times !== undefined && { times }) });
  const store = await connectWithToken(cluster, login, { proxyUrl: proxy.url });
  return {
    ...store,
    proxy,
    rule,
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      await proxy[Symbol.asyncDispose]();
    },
  };
}

function status(code: number, reason: string, details?: object): FaultAction {
  const body = { kind: 'Status', apiVersion: 'v1', status: 'Failure', message: 'canary-4711', reason, code, details };
  return { kind: 'answer', status: code, body };
}

const notFound = (details?: object): FaultAction => status(404, 'NotFound', details);

test.each<[string, FaultAction, string]>([
  ['400', status(400, 'BadRequest'), 'invalid-ref'],
  ['403', status(403, 'Forbidden'), 'denied'],
  ['404 for this Secret', notFound({ kind: 'secrets', name: 'app' }), 'not-found'],
  ['404 for another Secret', notFound({ kind: 'secrets', name: 'other' }), 'invalid-config'],
  ['404 for another kind', notFound({ kind: 'configmaps', name: 'app' }), 'invalid-config'],
  ['404 for the namespace', notFound({ kind: 'namespaces', name: 'x' }), 'invalid-config'],
  ['404 without details', notFound(), 'invalid-config'],
  ['404 of a proxy', { kind: 'answer', status: 404, body: '404 page not found' }, 'invalid-config'],
  ['404 of another API', { kind: 'answer', status: 404, body: { reason: 'NotFound' } }, 'invalid-config'],
  ['405', status(405, 'MethodNotAllowed'), 'invalid-config'],
  ['409', status(409, 'Conflict'), 'conflict'],
  ['410', status(410, 'Gone'), 'unavailable'],
  ['418', { kind: 'answer', status: 418 }, 'unavailable'],
  ['429', status(429, 'TooManyRequests'), 'rate-limited'],
  ['500', status(500, 'InternalError'), 'unavailable'],
  ['503', status(503, 'ServiceUnavailable'), 'unavailable'],
  ['504', status(504, 'Timeout'), 'unavailable'],
  ['a redirect', { kind: 'answer', status: 307, headers: { location: 'http://127.0.0.1:1/' } }, 'invalid-config'],
  ['a reset', { kind: 'reset' }, 'unavailable'],
  ['half an answer', { kind: 'cut', afterBytes: 40 }, 'unavailable'],
  ['no JSON', { kind: 'answer', status: 200, body: 'canary-4711' }, 'unavailable'],
  ['no object', { kind: 'answer', status: 200, body: '["canary-4711"]' }, 'unavailable'],
  ['a Secret of another form', { kind: 'answer', status: 200, body: { data: { a: 1 } } }, 'unavailable'],
])('%s', async (_, action, code) => {
  // The second answer is the real one: of the namespace, where the Secret counts as absent.
  await using store = await through(action, 1);
  const [outcome] = await store.client.read([{ key: 'app' }], call());
  expect(outcome?.ok === false ? outcome.error.code : 'ok').toBe(code);
  expect(store.proxy.requests.filter(({ path }) => path.endsWith('/app')).length).toBe(1);
  expect(inspect(outcome, { showHidden: true, depth: 10 })).not.toContain('canary');
});

test('a Secret counts as absent only when it is known that its namespace is there', async () => {
  await using store = await through(notFound({ kind: 'secrets', name: 'app' }), 1);
  const namespace = ({ path }: { path: string }): boolean => path.endsWith(`/namespaces/${login.namespace}`);
  const rule = store.proxy.rule({ match: namespace, action: status(503, 'ServiceUnavailable') });
  expect(await store.read({ key: 'app' })).toBe('unavailable');
  rule.remove();
  expect(await store.read({ key: 'absent' })).toBe('not-found');
});

test.each([
  [429, 'rate-limited'],
  [503, 'unavailable'],
])('%i says how long to wait, and is left to the caller', async (code, expected) => {
  await using store = await through({ kind: 'answer', status: code, headers: { 'retry-after': '7' }, body: {} });
  const [outcome] = await store.client.read([{ key: 'app' }], call());
  expect(outcome).toMatchObject({ ok: false, error: { code: expected, retryAfterMs: 7000 } });
  expect(store.rule.hits).toBe(1);
});

test('each power names what it asked, where, and what to do', async () => {
  await using store = await through(status(403, 'Forbidden'));
  const message = async (outcomes: Promise<readonly { ok: boolean; error?: Error }[]>) =>
    (await outcomes)[0]?.error?.message;
  const at = `in namespace "${login.namespace}" with HTTP 403: the login of this store may not`;
  const refs = [{ key: 'app' }];
  expect(await message(store.client.read(refs, call()))).toContain(`get secrets "app" ${at} get secrets`);
  expect(await message(store.client.exists(refs, call()))).toContain(`get secrets "app" ${at} get secrets`);
  expect(await message(store.client.remove(refs, call()))).toContain(`delete secrets "app" ${at} delete secrets`);
  const items = [{ key: 'app', property: 'x', value: Sealed.text('canary-4711') }];
  expect(await message(store.client.write(items, call()))).toContain(`get secrets "app" ${at} get secrets`);
  await expect(store.find({ name: 'x' })).rejects.toThrow(`list secrets ${at} list secrets`);
});

test('no value that is read or pushed shows in an error, whatever the answer is', async () => {
  const canary = 'canary-4711';
  const value = Buffer.from(canary).toString('base64');
  const details = { name: canary, kind: canary, causes: [{ field: `data[${canary}]`, message: canary }] };
  const bodies = [
    { kind: 'Status', reason: 'Invalid', message: canary, details },
    { kind: 'Secret', metadata: { name: 'app' }, data: { a: canary, b: value } },
    `not JSON ${canary}`,
  ];
  for (const code of [200, 204, 301, 400, 401, 403, 404, 405, 409, 410, 413, 422, 429, 500, 503]) {
    for (const body of bodies) {
      await using store = await through({ kind: 'answer', status: code, body });
      const item = { key: 'app', property: 'a', value: Sealed.text(canary) };
      const outcomes = await Promise.all(
        [
          store.client.read([{ key: 'app' }, { key: 'app', metadata: true }], call()),
          store.client.write([item], call()),
          store.client.remove([{ key: 'app', property: 'a' }], call()),
          store.find({ name: '.' }).catch((error: unknown) => error),
          store.client.check(call()).catch((error: unknown) => error),
        ].map((work) => work.catch((error: unknown) => error)),
      );
      const shown = inspect([outcomes, store.host.logs, store.client], { depth: 10, showHidden: true });
      for (const form of [canary, value]) expect(shown, `${code}`).not.toContain(form);
    }
  }
}, 120_000);

test('a call that is aborted rejects while the server hangs, and leaves the next one alone', async () => {
  await using store = await through({ kind: 'hang' }, 1);
  const controller = new AbortController();
  const reading = store.client.read([{ key: 'app' }], { signal: controller.signal });
  await expect.poll(() => store.proxy.requests.length).toBe(1);
  controller.abort();
  await expect(reading).rejects.toMatchObject({ code: 'unavailable' });
  expect(await store.read({ key: 'app' })).toEqual({ a: 'b' });
});
