import { beforeAll, expect, test } from 'vitest';
import { startFaultProxy, testbed } from '@esox/testbed';
import { call, connectTo, newEngine, unique } from './openbao-store.fixture.ts';

const { vault } = testbed();
let two = '';
let one = '';

beforeAll(async () => {
  two = await newEngine(vault, 'v2');
  one = await newEngine(vault, 'v1');
  await vault.write(`${two}/data/app`, { data: { password: 'first' } });
  await vault.write(`${two}/data/app`, { data: { password: 'second', 'a.b': 'dotted', a: { b: 'nested' } } });
  await vault.write(`${one}/app`, { password: 'plain' });
});

test('the current version, an older one, and a version v1 secret', async () => {
  await using store = await connectTo({ path: two });
  expect(await store.read({ key: 'app' })).toBe('{"a":{"b":"nested"},"a.b":"dotted","password":"second"}');
  expect(await store.read({ key: 'app', version: '1' })).toBe('{"password":"first"}');
  await using first = await connectTo({ path: one, version: 'v1' });
  expect(await first.read({ key: 'app' })).toBe('{"password":"plain"}');
});

test('a version must be a number that the secret has, and version v1 has none', async () => {
  await using store = await connectTo({ path: two });
  for (const version of ['latest', '1.5', '7']) expect(await store.read({ key: 'app', version })).toBe('invalid-ref');
  await using first = await connectTo({ path: one, version: 'v1' });
  expect(await first.read({ key: 'app', version: '1' })).toBe('invalid-ref');
});

test('metadataPolicy is not looked at', async () => {
  await using store = await connectTo({ path: two });
  expect(await store.read({ key: 'app', version: '1', metadata: true })).toBe('{"password":"first"}');
});

test('a key is taken as it stands, also one that repeats the path of the engine', async () => {
  await vault.write(`${two}/data/${two}/data/inner`, { data: { a: 'b' } });
  await vault.write(`${one}/${one}/inner`, { a: 'b' });
  await using store = await connectTo({ path: two });
  expect(await store.read({ key: `${two}/data/inner` })).toBe('{"a":"b"}');
  expect(await store.read({ key: `${two}/data/app` })).toBe('not-found');
  await using first = await connectTo({ path: one, version: 'v1' });
  expect(await first.read({ key: `${one}/inner` })).toBe('{"a":"b"}');
  expect(await first.read({ key: `${one}/app` })).toBe('not-found');
});

test('absent and deleted are not found; a wrong engine or version of it is a mistake in the store', async () => {
  await vault.write(`${two}/data/gone`, { data: { a: 'b' } });
  await vault.request('DELETE', `${two}/data/gone`);
  await using store = await connectTo({ path: two });
  expect(await store.read({ key: 'gone' })).toBe('not-found');
  expect(await store.read({ key: 'never' })).toBe('not-found');
  for (const settings of [{ path: unique('none') }, { path: one }, { path: two, version: 'v1' }] as const) {
    await using wrong = await connectTo(settings);
    expect(await wrong.read({ key: 'app' })).toBe('invalid-config');
  }
});

test('without path the engine is kv', async () => {
  await using proxy = await startFaultProxy({ target: vault.url });
  await using store = await connectTo({ server: proxy.url });
  await store.read({ key: 'app' });
  expect(proxy.requests[0]?.path).toBe('/v1/kv/data/app');
});

test('finds in one folder, by name or all; folders are left out, keys keep the folder', async () => {
  const engine = await newEngine(vault, 'v2');
  for (const key of ['one', 'two', 'team/three', 'team/deep/four', 'data/five']) {
    await vault.write(`${engine}/data/${key}`, { data: { key } });
  }
  await using store = await connectTo({ path: engine });
  expect(await store.find({ name: 'o' })).toEqual({ one: '{"key":"one"}', two: '{"key":"two"}' });
  expect(await store.find({})).toEqual({ one: '{"key":"one"}', two: '{"key":"two"}' });
  expect(await store.find({ path: 'team', name: '.' })).toEqual({ 'team/three': '{"key":"team/three"}' });
  expect(await store.find({ path: '/team/', name: '.' })).toEqual({ 'team/three': '{"key":"team/three"}' });
  expect(await store.find({ path: 'data' })).toEqual({ 'data/five': '{"key":"data/five"}' });
  expect(await store.find({ name: 'nothing-like-it' })).toEqual({});
  expect(await store.find({ path: 'no/such/folder' })).toEqual({});
});

test('does not find by tags, nor in an engine that is not there', async () => {
  await using store = await connectTo({ path: two });
  for (const tags of [{}, { team: 'blue' }]) {
    await expect(store.find({ tags })).rejects.toMatchObject({
      code: 'not-supported',
      message: expect.stringContaining('tag based search is not implemented'),
    });
  }
  await using wrong = await connectTo({ path: unique('none') });
  await expect(wrong.find({ name: '.' })).rejects.toMatchObject({ code: 'invalid-config' });
});

test('numbers keep their digits on version v1', async () => {
  const body = '{"big":12345678901234567890,"price":1.10}';
  const headers = { 'x-vault-token': vault.rootToken };
  await fetch(`${vault.url}/v1/${one}/number`, { method: 'PUT', headers, body });
  await using first = await connectTo({ path: one, version: 'v1' });
  expect(await first.read({ key: 'number' })).toBe(body);
  expect(await first.client.check(call())).toBe('ready');
});
