import { beforeAll, expect, test } from 'vitest';
import { Sealed } from '@esox/core';
import { startFaultProxy, testbed } from '@esox/testbed';
import {
  call,
  connectWithToken,
  remoteLogin,
  type RemoteLogin,
  seenSecret,
  source,
  storeSecret,
  unique,
} from './remote-cluster.fixture.ts';

const cluster = testbed().kubernetes;
const bytes = new Uint8Array([0, 255, 254]);

let login: RemoteLogin;
beforeAll(async () => {
  login = await remoteLogin(cluster, ['get', 'create', 'update']);
});

const seen = (name: string, namespace = login.namespace) => seenSecret(cluster, namespace, name);
const dataOf = async (name: string) => (await seen(name))?.data;

test('a whole Secret replaces all data there, bytes and type included', async () => {
  const key = unique('whole');
  await using store = await connectWithToken(cluster, login);
  const config = '{"auths":{}}';
  const docker = { type: 'kubernetes.io/dockerconfigjson' };
  expect(await store.push({ key, source: source({ '.dockerconfigjson': config, extra: bytes }, docker) })).toBe('ok');
  const created = await seen(key);
  expect(created?.type).toBe('kubernetes.io/dockerconfigjson');
  expect(created?.object['data']).toMatchObject({ extra: Buffer.from(bytes).toString('base64') });

  expect(await store.push({ key, source: source({ '.dockerconfigjson': config }, docker) })).toBe('ok');
  expect(await dataOf(key)).toEqual({ '.dockerconfigjson': config });
});

test('a source without a type is Opaque, and an empty source empties the Secret', async () => {
  const key = unique('empty');
  await using store = await connectWithToken(cluster, login);
  expect(await store.push({ key, source: source({ a: '1' }, { type: '' }) })).toBe('ok');
  expect(await seen(key)).toMatchObject({ type: 'Opaque', data: { a: '1' } });
  expect(await store.push({ key, source: source({}) })).toBe('ok');
  expect(await dataOf(key)).toEqual({});
});

test('a property takes one key of the source, or the whole as JSON, and leaves the others', async () => {
  const key = unique('property');
  await storeSecret(cluster, login.namespace, key, { data: { kept: 'here', replaced: 'old' } });
  await using store = await connectWithToken(cluster, login);
  const data = source({ a: '1' }, { secretKey: 'a' });
  expect(await store.push({ key, property: 'replaced', value: 'new', source: data })).toBe('ok');
  expect(await store.push({ key, property: 'all.json', value: '{"a":"<1>"}', source: source({ a: '<1>' }) })).toBe(
    'ok',
  );
  expect(await dataOf(key)).toEqual({ kept: 'here', replaced: 'new', 'all.json': '{"a":"<1>"}' });
});

test('a key of the source without a property is a mistake in the entry', async () => {
  const key = unique('no-property');
  await using store = await connectWithToken(cluster, login);
  const value = '{"a":"1"}';
  expect(await store.push({ key, value, source: source({ a: value }, { secretKey: 'a' }) })).toBe('invalid-ref');
  expect(await seen(key)).toBeUndefined();
});

test('without its source a value is a JSON object of texts', async () => {
  const key = unique('value');
  await using store = await connectWithToken(cluster, login);
  expect(await store.push({ key, value: '{"a":"1","__proto__":"2"}' })).toBe('ok');
  expect(Object.entries((await dataOf(key)) ?? {})).toEqual([
    ['__proto__', '2'],
    ['a', '1'],
  ]);
  for (const value of ['text', '["a"]', '{"a":1}', '{"a":{}}', 'null', '']) {
    expect(await store.push({ key, value })).toBe('invalid-ref');
  }
});

test.each(['', 'Upper', 'a/b', '..', 'a b'])('%j is no name of a Secret, and %j no name of a key', async (name) => {
  await using store = await connectWithToken(cluster, login);
  expect(await store.push({ key: name, source: source({ a: '1' }) })).toBe('invalid-ref');
  const isKey = name === 'Upper';
  expect(await store.push({ key: unique('names'), property: name, value: 'x' })).toBe(isKey ? 'ok' : 'invalid-ref');
});

test('an update that changes nothing is no write, and one that does keeps what others have put there', async () => {
  const key = unique('same');
  const own = await remoteLogin(cluster, ['get', 'create', 'update']);
  await storeSecret(cluster, own.namespace, key, {
    data: { a: '1' },
    labels: { theirs: 'x' },
    annotations: { note: 'y' },
  });
  const path = `/api/v1/namespaces/${own.namespace}/secrets/${key}`;
  const contentType = 'application/merge-patch+json';
  const body = { metadata: { finalizers: ['example.com/hold'] } };
  await cluster.client.call({ method: 'PATCH', path, contentType, body });
  await using store = await connectWithToken(cluster, own);
  expect(await store.push({ key, source: source({ a: '1' }) })).toBe('ok');
  expect(await cluster.requestCounts({ user: own.user })).toEqual({ 'get secrets': 1 });
  expect(await store.push({ key, source: source({ a: '2' }) })).toBe('ok');
  expect(await cluster.requestCounts({ user: own.user })).toEqual({ 'get secrets': 2, 'update secrets': 1 });
  const after = await seen(key, own.namespace);
  expect(after).toMatchObject({ data: { a: '2' }, labels: { theirs: 'x' }, annotations: { note: 'y' } });
  expect(after?.object.metadata?.['finalizers']).toEqual(['example.com/hold']);
});

test('entries for one Secret are one read and one write, and a bad one does not harm the others', async () => {
  const own = await remoteLogin(cluster, ['get', 'create', 'update']);
  await using store = await connectWithToken(cluster, own);
  const item = (property: string, text: string) => ({ key: 'app', property, value: Sealed.text(text) });
  const outcomes = await store.client.write(
    [item('a', '1'), item('not a key', '2'), item('c', '3'), { ...item('x', '4'), key: 'other' }],
    call(),
  );
  expect(outcomes.map((outcome) => (outcome.ok ? 'ok' : outcome.error.code))).toEqual([
    'ok',
    'invalid-ref',
    'ok',
    'ok',
  ]);
  expect((await seen('app', own.namespace))?.data).toEqual({ a: '1', c: '3' });
  expect((await seen('other', own.namespace))?.data).toEqual({ x: '4' });
  expect(await cluster.requestCounts({ user: own.user })).toEqual({ 'get secrets': 2, 'create secrets': 2 });
});

test('two who push into one Secret at the same time lose nothing', async () => {
  const own = await remoteLogin(cluster, ['get', 'create', 'update']);
  await using one = await connectWithToken(cluster, own);
  await using other = await connectWithToken(cluster, own);
  for (const round of [1, 2, 3, 4, 5]) {
    const pushes = [one, other].map((store, index) =>
      store.push({ key: 'app', property: `p${index}-${round}`, value: 'x' }),
    );
    expect(await Promise.all(pushes)).toEqual(['ok', 'ok']);
  }
  expect(Object.keys((await seen('app', own.namespace))?.data ?? {}).length).toBe(10);
});

test('what changes between read and write is read again; when it never rests, that is a conflict', async () => {
  const key = unique('race');
  await storeSecret(cluster, login.namespace, key, { data: { a: '1' } });
  await using proxy = await startFaultProxy({ target: cluster.url, caPem: cluster.caPem });
  const isUpdate = ({ method }: { method: string }): boolean => method === 'PUT';
  const conflict = { kind: 'Status', reason: 'Conflict', code: 409 };
  const rule = proxy.rule({ match: isUpdate, times: 2, action: { kind: 'answer', status: 409, body: conflict } });
  await using store = await connectWithToken(cluster, login, { proxyUrl: proxy.url });
  expect(await store.push({ key, property: 'b', value: '2' })).toBe('ok');
  expect(proxy.requests.map(({ method }) => method)).toEqual(['GET', 'PUT', 'GET', 'PUT', 'GET', 'PUT']);
  rule.remove();
  proxy.rule({ match: isUpdate, action: { kind: 'answer', status: 409, body: conflict } });
  expect(await store.push({ key, property: 'c', value: '3' })).toBe('conflict');
  expect(await dataOf(key)).toEqual({ a: '1', b: '2' });
});

test('a write whose answer is lost is found done by the next one', async () => {
  const key = unique('lost');
  await using proxy = await startFaultProxy({ target: cluster.url, caPem: cluster.caPem });
  proxy.rule({ match: ({ method }) => method === 'POST', times: 1, action: { kind: 'lose-answer' } });
  await using store = await connectWithToken(cluster, login, { proxyUrl: proxy.url });
  expect(await store.push({ key, source: source({ a: '1' }) })).toBe('unavailable');
  expect(await store.push({ key, source: source({ a: '1' }) })).toBe('ok');
  expect(proxy.requests.map(({ method }) => method)).toEqual(['GET', 'POST', 'GET']);
});

test('what the API server refuses is named by its field, and nothing of it is quoted', async () => {
  const key = unique('immutable');
  await storeSecret(cluster, login.namespace, key, { data: { a: '1' }, immutable: true });
  await using store = await connectWithToken(cluster, login);
  const failureOf = async (item: Parameters<typeof store.push>[0]) => {
    const [outcome] = await store.client.write([{ value: Sealed.text(''), ...item } as never], call());
    return outcome?.ok === false ? outcome.error : undefined;
  };
  expect(await failureOf({ key, source: source({ a: 'canary-4711' }) })).toMatchObject({
    code: 'invalid-ref',
    message: expect.stringMatching(/refuses the Secret because of data;(?!.*canary)/),
  });
  const other = unique('type');
  await storeSecret(cluster, login.namespace, other, { data: {} });
  expect(await failureOf({ key: other, source: source({}, { type: 'example.com/other' }) })).toMatchObject({
    code: 'invalid-ref',
    message: expect.stringContaining('type of an existing Secret cannot be changed'),
  });
  const labels = { 'not a label': 'canary-4711' };
  expect(await failureOf({ key: unique('label'), source: source({}, { labels }) })).toMatchObject({
    code: 'invalid-ref',
    message: expect.stringMatching(/metadata\.labels(?!.*canary)/),
  });
  const large = { a: new Uint8Array(1_100_000) };
  expect(await failureOf({ key: unique('large'), source: source(large) })).toMatchObject({ code: 'invalid-ref' });
});

test('without the rights to write, each says which one is missing', async () => {
  const reader = await remoteLogin(cluster, ['get']);
  await storeSecret(cluster, reader.namespace, 'there', { data: { a: '1' } });
  await using store = await connectWithToken(cluster, reader);
  for (const [key, verb] of [
    ['new', 'create'],
    ['there', 'update'],
  ] as const) {
    const [outcome] = await store.client.write([{ key, property: 'x', value: Sealed.text('1') }], call());
    expect(outcome).toMatchObject({
      ok: false,
      error: { code: 'denied', message: expect.stringContaining(`may not ${verb} secrets`) },
    });
  }
});
