import { setTimeout as sleep } from 'node:timers/promises';
import { isWatch, statusAnswer, testbed } from '@esox/testbed';
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
