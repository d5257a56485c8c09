import { expect, test } from 'vitest';
import {
  type Capabilities,
  type Client,
  type FoundSecret,
  type Outcome,
  type Provider,
  Sealed,
  type SecretValue,
  type StoreInfo,
} from '@esox/core';
import type { FakeConfig } from './config.ts';
import { testHost } from '@esox/provider-testkit';
import plugin from './index.ts';

const call = { signal: AbortSignal.timeout(10_000) };
const provider = plugin.providers[0] as Provider;
let stores = 0;

type FakeClient = Client<keyof Pick<Capabilities, 'find' | 'write' | 'remove' | 'exists'>>;

async function connect(data: FakeConfig['data'], more: { validationResult?: number; store?: Partial<StoreInfo> } = {}) {
  const store = { name: `fake-${(stores += 1)}`, ...more.store };
  const config = { data, ...(more.validationResult !== undefined && { validationResult: more.validationResult }) };
  return (await provider.connect(config, testHost({ store }), call)) as FakeClient;
}

function textOf(outcome: Outcome<SecretValue> | undefined): string {
  if (!outcome) return 'no outcome';
  if (!outcome.ok) return outcome.error.code;
  return Sealed.is(outcome.value.content) ? outcome.value.content.openText() : 'several fields';
}

async function found(secrets: AsyncIterable<FoundSecret>): Promise<Record<string, string>> {
  const all: Record<string, string> = {};
  for await (const { key, value } of secrets) all[key] = value ? textOf({ ok: true, value }) : 'no value';
  return all;
}

const versions = [
  { key: 'greeting', value: 'hello' },
  { key: 'greeting', value: 'good day', version: 'v2' },
  { key: 'greeting', value: 'welcome', version: 'v10' },
  { key: 'only-v1', value: 'one', version: 'v1' },
];

test('a reference names exactly one version', async () => {
  const client = await connect(versions);
  const refs = [
    { key: 'greeting' },
    { key: 'greeting', version: 'v10' },
    { key: 'greeting', version: 'v3' },
    { key: 'only-v1' },
    { key: 'missing' },
  ];
  expect((await client.read(refs, call)).map(textOf)).toEqual([
    'hello',
    'welcome',
    'not-found',
    'not-found',
    'not-found',
  ]);
});

test('key and version are not glued together', async () => {
  const client = await connect([{ key: 'a', value: 'versioned', version: 'b' }]);
  expect((await client.read([{ key: 'ab' }], call)).map(textOf)).toEqual(['not-found']);
});

test('the change token changes with the value only', async () => {
  const client = await connect([
    { key: 'one', value: 'same' },
    { key: 'two', value: 'same' },
    { key: 'three', value: 'other' },
  ]);
  const outcomes = await client.read([{ key: 'one' }, { key: 'two' }, { key: 'three' }], call);
  const [one, two, three] = outcomes.map((outcome) => (outcome.ok ? outcome.value.version : undefined));
  expect(one).toBe(two);
  expect(one).not.toBe(three);
});

test('find takes the greatest version of each key whose name matches', async () => {
  const client = await connect(versions);
  expect(await found(client.find({ name: '^gree' }, call))).toEqual({ greeting: 'good day' });
  expect(await found(client.find({ name: 'nothing' }, call))).toEqual({});
});

test('find without a name and with a bad pattern say so', async () => {
  const client = await connect(versions);
  await expect(found(client.find({ tags: { a: 'b' } }, call))).rejects.toMatchObject({ code: 'invalid-ref' });
  await expect(found(client.find({ name: '(' }, call))).rejects.toMatchObject({ code: 'invalid-ref' });
});

test('a written value is found by later clients of the same store, and by no other store', async () => {
  const store = { kind: 'SecretStore', namespace: 'team-a', name: 'shared' } as const;
  const writer = await connect([], { store });
  expect(await writer.write([{ key: 'pushed', value: Sealed.text('v1') }], call)).toEqual([{ ok: true }]);
  await writer.write([{ key: 'pushed', value: Sealed.text('v2') }], call);

  const reader = await connect([{ key: 'own', value: 'x' }], { store });
  expect((await reader.read([{ key: 'pushed' }], call)).map(textOf)).toEqual(['v2']);
  expect(await reader.exists([{ key: 'pushed' }, { key: 'own' }, { key: 'missing' }], call)).toMatchObject([
    { value: true },
    { value: true },
    { value: false },
  ]);
  expect(await found(reader.find({ name: '.' }, call))).toEqual({ own: 'x', pushed: 'v2' });

  const neighbour = await connect([], { store: { ...store, namespace: 'team-b' } });
  expect((await neighbour.read([{ key: 'pushed' }], call)).map(textOf)).toEqual(['not-found']);
});

test('a write does not replace what stands in the store, and a removal leaves it', async () => {
  const client = await connect([{ key: 'own', value: 'x' }]);
  const [outcome] = await client.write([{ key: 'own', value: Sealed.text('y') }], call);
  expect(outcome).toMatchObject({ ok: false, error: { code: 'conflict' } });
  expect(await client.remove([{ key: 'own' }], call)).toEqual([{ ok: true }]);
  expect((await client.read([{ key: 'own' }], call)).map(textOf)).toEqual(['x']);
});

test('an entry that is taken out of the store is gone', async () => {
  const store = { name: 'changing' };
  await connect([{ key: 'gone', value: 'x' }], { store });
  const client = await connect([], { store });
  expect((await client.read([{ key: 'gone' }], call)).map(textOf)).toEqual(['not-found']);
});

test('validationResult decides what check answers', async () => {
  expect(await (await connect([])).check(call)).toBe('ready');
  expect(await (await connect([], { validationResult: 1 })).check(call)).toBe('unknown');
  const failing = await connect([], { validationResult: 2 });
  await expect(failing.check(call)).rejects.toMatchObject({ code: 'invalid-config' });
});

test('a reader that overwrites its value does not change the store', async () => {
  const client = await connect([{ key: 'a', value: 'kept' }]);
  const [first] = await client.read([{ key: 'a' }], call);
  if (first?.ok && Sealed.is(first.value.content)) first.value.content.wipe();
  expect((await client.read([{ key: 'a' }], call)).map(textOf)).toEqual(['kept']);
});
