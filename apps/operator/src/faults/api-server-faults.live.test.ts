import { setTimeout as sleep } from 'node:timers/promises';
import { type FaultAction, isWatch, type ProxiedRequest, statusAnswer, testbed, waitUntil } from '@esox/testbed';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type FaultArena, openFaultArena } from './fault-arena.fixture.ts';
import { FaultGround } from './fault-ground.fixture.ts';

let arena: FaultArena;

beforeAll(async () => {
  arena = await openFaultArena();
});

afterAll(() => arena[Symbol.asyncDispose]());

async function syncedGround() {
  const ground = await FaultGround.open(arena, testbed().vault);
  await ground.store('main');
  await ground.put('app');
  await ground.externalSecret('app');
  const operator = await ground.start();
  await ground.follow(['app']);
  return { ground, operator };
}

/** What was created while the watches were broken is seen. */
async function seesNew(ground: FaultGround, name: string, deadlineMs?: number): Promise<void> {
  await ground.put(name, 'app');
  await ground.externalSecret(name);
  await ground.follow([name, 'app'], deadlineMs);
}

const relists = ({ apiProxy }: FaultGround) =>
  apiProxy.requests.filter(({ method, query, path }) => method === 'GET' && query.has('limit') && path.endsWith('s'))
    .length;

// It waits for a minute and a half, so it begins first.
it.concurrent('row B01: half-open watches are noticed, and nothing is missed', async () => {
  const { ground, operator } = await syncedGround();
  await using _ground = ground;
  await using _operator = operator;
  const before = relists(ground);
  expect(ground.apiProxy.stallOpen(isWatch())).toBeGreaterThanOrEqual(3);
  // Refreshes go on without any watch.
  await ground.put('app');
  await ground.follow(['app']);
  await ground.put('new');
  await ground.externalSecret('new');
  await ground.follow(['new'], 130_000);
  expect(relists(ground)).toBe(before);
  expect(await ground.wrongs(operator)).toEqual([]);
}, 180_000);

it.concurrent('rows B01 and B02: watches that are cut or end miss nothing, without a list', async () => {
  const { ground, operator } = await syncedGround();
  await using _ground = ground;
  await using _operator = operator;
  const before = relists(ground);
  for (let round = 0; round < 6; round += 1) {
    expect(ground.apiProxy.cutOpen(isWatch(), { clean: round % 2 === 0 })).toBeGreaterThanOrEqual(3);
    await seesNew(ground, `round-${round}`);
    // A watch that lived for a second was a good one.
    await sleep(1_100);
  }
  expect(relists(ground)).toBe(before);
  expect(await ground.wrongs(operator)).toEqual([]);
}, 90_000);

it.concurrent('row B03: watches that have expired are begun anew after one list each', async () => {
  const { ground, operator } = await syncedGround();
  await using _ground = ground;
  await using _operator = operator;
  const gone = JSON.stringify({ type: 'ERROR', object: statusAnswer(410, 'Expired').body });
  for (let round = 0; round < 3; round += 1) {
    const before = relists(ground);
    const open = ground.apiProxy.open(isWatch()).length;
    if (round % 2 === 0) ground.apiProxy.injectOpen(isWatch(), `${gone}\n`);
    else {
      ground.apiProxy.rule({ match: isWatch(), times: open, action: statusAnswer(410, 'Expired') });
      ground.apiProxy.cutOpen(isWatch());
    }
    await seesNew(ground, `round-${round}`, 60_000);
    expect(relists(ground) - before).toBeLessThanOrEqual(open);
    await sleep(1_100);
  }
  expect(await ground.wrongs(operator)).toEqual([]);
}, 90_000);

it.concurrent('row B04: frames that are garbage, doubled or cut in half harm nothing', async () => {
  const { ground, operator } = await syncedGround();
  await using _ground = ground;
  await using _operator = operator;
  const frames = ['\u0000\u0001 garbage\n', '{"type":"MODIFIED","obj', '{"type":"MODIFIED"}\n', '<html>\n', '[]\n'];
  for (const [round, frame] of frames.entries()) {
    expect(ground.apiProxy.injectOpen(isWatch(), frame)).toBeGreaterThanOrEqual(3);
    await seesNew(ground, `round-${round}`, 60_000);
    await sleep(1_100);
  }
  expect(await ground.wrongs(operator)).toEqual([]);
}, 120_000);

const names = Array.from({ length: 20 }, (_unused, index) => `app-${index}`);
const isWrite = ({ method }: ProxiedRequest): boolean => method !== 'GET';
const isRequest = ({ query }: ProxiedRequest): boolean => !query.has('watch');

async function openGround(): Promise<FaultGround> {
  const ground = await FaultGround.open(arena, testbed().vault);
  await ground.store('main');
  await ground.put(...names);
  await ground.externalSecrets(names);
  return ground;
}

it.concurrent('row B06: nothing is sent before the time has passed that Retry-After names', async () => {
  await using ground = await openGround();
  const busy = statusAnswer(429, 'TooManyRequests', { 'retry-after': '4' });
  const rule = ground.apiProxy.rule({ match: isWrite, times: 1, action: busy });
  await using operator = await ground.start();
  await waitUntil(() => rule.hits === 1, { what: 'a write', deadlineMs: 20_000, intervalMs: 5 });
  await ground.follow(names);
  const writes = ground.apiProxy.requests.filter(isWrite);
  const refused = writes.findIndex(({ status }) => status === 429);
  // What was on its way already may still come.
  const pausedAt = (writes[refused]?.at.getTime() ?? 0) + 500;
  const early = writes.filter(({ at }) => at.getTime() > pausedAt && at.getTime() < pausedAt + 3_400);
  expect(early).toEqual([]);
  expect(await ground.wrongs(operator)).toEqual([]);
}, 60_000);

it.concurrent.each<[string, number, FaultAction]>([
  // Each holds everybody up for a second.
  ['B06: 429', 10, statusAnswer(429, 'TooManyRequests', { 'retry-after': '1' })],
  ['B07: 500', 40, statusAnswer(500, 'InternalError')],
  ['B07: 503', 40, statusAnswer(503, 'ServiceUnavailable')],
  ['B07: a proxy that times out', 40, { kind: 'answer', status: 504, body: '<html>Gateway timeout</html>' }],
  ['B08: 409 to writes', 40, statusAnswer(409, 'Conflict')],
  ['B14: answers that are lost', 40, { kind: 'lose-answer' }],
  ['B14: connections that are reset', 40, { kind: 'reset' }],
  ['B04: answers that break off', 40, { kind: 'cut', afterBytes: 20 }],
])(
  'row %s, for half of all requests: every Secret comes, and each version once',
  async (name, times, action) => {
    await using ground = await openGround();
    const isAffected = name.endsWith('to writes') ? isWrite : isRequest;
    const half = (request: ProxiedRequest): boolean => isAffected(request) && Math.random() < 0.5;
    const atFirst = ground.apiProxy.rule({ match: half, times, action });
    await using operator = await ground.start();
    await ground.follow(names, 60_000);
    const later = ground.apiProxy.rule({ match: half, times, action });
    await ground.put(...names);
    await ground.follow(names, 60_000);
    expect(atFirst.hits).toBe(times);
    expect(later.hits).toBeGreaterThan(times / 4);
    expect(await ground.wrongs(operator)).toEqual([]);
  },
  150_000,
);

it.concurrent('an API server that is slow, and one that drops a write without a word', async () => {
  await using ground = await openGround();
  ground.apiProxy.rule({ match: isRequest, action: { kind: 'delay', milliseconds: 700 } });
  await using operator = await ground.start();
  await ground.follow(names, 60_000);
  ground.apiProxy.reset();
  const hung = ground.apiProxy.rule({
    match: ({ method }) => method === 'PUT',
    times: 3,
    action: { kind: 'hang' },
  });
  await ground.put(...names);
  await ground.follow(names, 90_000);
  expect(hung.hits).toBe(3);
  expect(await ground.wrongs(operator)).toEqual([]);
}, 150_000);

it.concurrent('row B08: five others who write the same objects all the time lose nothing, and nor do we', async () => {
  await using ground = await openGround();
  await using operator = await ground.start();
  await ground.follow(names);
  const { client } = arena.api;
  const namespaced = `namespaces/${ground.namespace}`;
  const paths = [
    `/api/v1/${namespaced}/secrets/app-0`,
    `/apis/external-secrets.io/v1/${namespaced}/externalsecrets/app-0`,
  ];
  let ended = false;
  const write = async (writer: string): Promise<number> => {
    for (let count = 1; ; count += 1) {
      for (const [index, path] of paths.entries()) {
        // Apart: annotations of an ExternalSecret are copied to its Secret.
        const body = { metadata: { annotations: { [`${writer}-${index}`]: String(count) } } };
        await client.call({ method: 'PATCH', path, body, contentType: 'application/merge-patch+json' });
      }
      if (ended) return count;
    }
  };
  const writers = ['one', 'two', 'three', 'four', 'five'];
  const counts = Promise.all(writers.map(write));
  for (let round = 0; round < 3; round += 1) {
    await ground.put('app-0');
    await ground.follow(['app-0']);
  }
  ended = true;
  const written = await counts;
  await ground.put('app-0');
  await ground.follow(['app-0']);
  for (const [index, path] of paths.entries()) {
    const expected = written.map((count, writer) => [`${writers[writer]}-${index}`, String(count)]);
    expect((await client.call({ path })).metadata?.annotations).toMatchObject(Object.fromEntries(expected));
  }
  expect(await ground.wrongs(operator, { sameDataTwice: true })).toEqual([]);
}, 90_000);

it.concurrent('row B10: rights that are taken away and given back end nothing and lose nothing', async () => {
  await using ground = await openGround();
  await using operator = await ground.start();
  await ground.follow(names);
  const { client } = arena.api;
  const bindings = '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings';
  const { items } = await client.call<{ items: { metadata: { name: string }; subjects?: { namespace?: string }[] }[] }>(
    {
      path: bindings,
    },
  );
  const own = items.find(({ subjects }) => subjects?.some(({ namespace }) => namespace === ground.namespace));
  const path = `${bindings}/${own?.metadata.name}`;
  const { metadata, ...binding } = await client.call({ path });
  await client.call({ method: 'DELETE', path });
  ground.apiProxy.cutOpen();
  await ground.put(...names);
  const refused = () => ground.apiProxy.requests.filter(({ status }) => status === 403).length > 20;
  await waitUntil(refused, { what: 'requests to be refused', deadlineMs: 30_000 });
  await client.call({ method: 'POST', path: bindings, body: { ...binding, metadata: { name: metadata?.name } } });
  await ground.put('new');
  await ground.externalSecret('new');
  await ground.follow([...names, 'new'], 60_000);
  expect(await ground.wrongs(operator)).toEqual([]);
  expect(await operator.end('SIGTERM')).toBe(0);
}, 120_000);
