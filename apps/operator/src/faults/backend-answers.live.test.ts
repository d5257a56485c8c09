import { gzipSync } from 'node:zlib';
import { type FaultAction, type FaultProxy, type ProxiedRequest, testbed } from '@esox/testbed';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type FaultArena, openFaultArena } from './fault-arena.fixture.ts';
import { FaultGround } from './fault-ground.fixture.ts';
import { secretHistory } from './secret-history.fixture.ts';

let arena: FaultArena;

beforeAll(async () => {
  arena = await openFaultArena();
});

afterAll(() => arena[Symbol.asyncDispose]());

const isRead = ({ path }: ProxiedRequest): boolean => path.includes('/data/');
const json = { 'content-type': 'application/json' };
const answer = (status: number, body: string | Uint8Array = '', headers = {}): FaultAction => ({
  kind: 'answer',
  status,
  body,
  headers,
});
const huge = JSON.stringify({ data: { data: { user: 'x'.repeat(100 * 1024 * 1024) } } });

/** By the name of the store that it happens to. */
const faults: Readonly<Record<string, FaultAction>> = {
  'resets-connections': { kind: 'reset' },
  'is-sealed': answer(503, '{"errors":["Vault is sealed"]}', json),
  'fails-without-a-word': answer(500),
  'throttles-for-a-second': answer(429, '', { 'retry-after': '1' }),
  'throttles-without-end': answer(429),
  'is-another-server': answer(404, '<html><body>Not found</body></html>'),
  'is-another-json-server': answer(404, '{"message":"no such route"}', json),
  'shows-a-login-page': answer(200, '<html><body>Log in</body></html>', { 'content-type': 'text/html' }),
  'says-nothing': answer(200),
  'sends-json-of-another-kind': answer(200, '{"data":[]}', json),
  'sends-an-empty-object': answer(200, '{}', json),
  'sends-broken-json': answer(200, '{"data":{"data":{"user":"a","passw', json),
  'breaks-off': { kind: 'cut', afterBytes: 20 },
  'redirects-elsewhere': answer(307, '', { location: 'http://127.0.0.1:1/' }),
  'sends-a-bomb': answer(200, gzipSync(huge), { ...json, 'content-encoding': 'gzip' }),
  'sends-without-end': answer(200, huge, json),
};
const names = Object.keys(faults);

it.concurrent('rows B20 to B24: whatever backends answer, each Secret keeps its last good value, and follows afterwards', async () => {
  await using ground = await FaultGround.open(arena, testbed().vault);
  const stores = new Map<string, FaultProxy>();
  await ground.put('healthy', ...names);
  await ground.store('main');
  await ground.externalSecret('healthy');
  for (const name of names) {
    stores.set(name, await ground.store(name));
    // Only a key that is gone may remove a Secret.
    await ground.externalSecret(name, { store: name, target: { deletionPolicy: 'Delete' } });
  }
  await using operator = await ground.start();
  await ground.follow(['healthy', ...names]);
  const calmMiB = await operator.residentMiB();

  const rules = names.map((name) => stores.get(name)?.rule({ match: isRead, action: faults[name] as FaultAction }));
  await ground.put('healthy', ...names);
  await ground.follow(['healthy']);
  const messages = await ground.fail(names);
  for (const [index, name] of names.entries()) {
    expect(messages[index]).toContain('spec.data[0]');
    expect(messages[index]).toContain(`SecretStore "${name}"`);
  }
  expect(await ground.stale(names)).toEqual(names);
  await ground.put('healthy');
  await ground.follow(['healthy']);
  expect((await operator.residentMiB()) - calmMiB).toBeLessThan(64);

  for (const rule of rules) rule?.remove();
  await ground.follow(names, 60_000);
  expect(await ground.wrongs(operator)).toEqual([]);
  expect(await operator.end('SIGTERM')).toBe(0);
}, 150_000);

it.concurrent('rows B20 and B21: backends that hang, stall, drip or are slow hold up nobody else', async () => {
  await using ground = await FaultGround.open(arena, testbed().vault);
  const silent: Readonly<Record<string, FaultAction>> = {
    hangs: { kind: 'hang' },
    stalls: { kind: 'stall', afterBytes: 10 },
    drips: { kind: 'drip', milliseconds: 1_000 },
  };
  // More than a store may have in work at once.
  const many = Array.from({ length: 40 }, (_unused, index) => `hanging-${index}`);
  await ground.put('healthy', 'slow', ...many, ...Object.keys(silent));
  await ground.store('main');
  await ground.externalSecret('healthy');
  const slow = await ground.store('slow');
  await ground.externalSecret('slow', { store: 'slow' });
  const proxies = new Map<string, FaultProxy>();
  for (const name of Object.keys(silent)) {
    proxies.set(name, await ground.store(name));
    await ground.externalSecret(name, { store: name, target: { deletionPolicy: 'Delete' } });
  }
  await ground.externalSecrets(many, { store: 'hangs' });
  await using operator = await ground.start();
  await ground.follow(['healthy', 'slow', ...many, ...Object.keys(silent)]);

  slow.rule({ match: isRead, action: { kind: 'delay', milliseconds: 2_000 } });
  const rules = Object.entries(silent).map(([name, action]) => proxies.get(name)?.rule({ match: isRead, action }));
  await ground.put(...many, ...Object.keys(silent));
  for (let round = 0; round < 3; round += 1) {
    await ground.put('healthy', 'slow');
    await ground.follow(['healthy', 'slow']);
  }
  expect(await ground.stale([...many, ...Object.keys(silent)])).toEqual([...many, ...Object.keys(silent)]);
  const messages = await ground.fail(Object.keys(silent));
  for (const message of messages) expect(message).toContain('spec.data[0]');
  expect((await operator.get(operator.livePort, '/healthz')).status).toBe(200);
  for (const rule of rules) rule?.remove();
  for (const proxy of proxies.values()) proxy.cutOpen(isRead, { waiting: true });
  await ground.follow([...many, ...Object.keys(silent)], 60_000);
  expect(await ground.wrongs(operator)).toEqual([]);
}, 180_000);

it.concurrent('row B23: a backend that answers one of two keys changes nothing of the Secret', async () => {
  await using ground = await FaultGround.open(arena, testbed().vault);
  const proxy = await ground.store('main');
  await ground.put('first', 'second');
  await ground.externalSecret('both', { keys: { user: 'first', password: 'second' } });
  await using operator = await ground.start();
  await ground.follow(['both']);
  const denied = proxy.rule({
    match: ({ path }) => path.endsWith('/second'),
    action: answer(403, '{"errors":["1 error occurred:\\n\\t* permission denied\\n\\n"]}', json),
  });
  await ground.put('first', 'second');
  expect(await ground.fail(['both'])).toEqual([expect.stringContaining('spec.data[1]')]);
  const writes = await secretHistory(arena, ground.namespace);
  expect(writes.filter(({ name }) => name === 'both')).toHaveLength(1);
  denied.remove();
  await ground.follow(['both']);
  expect(await ground.wrongs(operator)).toEqual([]);
}, 60_000);

it.concurrent('only a key that is really gone removes its Secret, which comes back with it', async () => {
  await using ground = await FaultGround.open(arena, testbed().vault);
  await ground.store('main');
  await ground.put('app');
  await ground.externalSecret('app', { target: { deletionPolicy: 'Delete' } });
  await using operator = await ground.start();
  await ground.follow(['app']);
  await ground.remove('app');
  await expect.poll(() => ground.written(), { timeout: 20_000 }).toBe(0);
  await ground.put('app');
  await ground.follow(['app']);
  expect(await ground.wrongs(operator, { deleted: ['app'] })).toEqual([]);
}, 60_000);
