import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type FaultProxy, type ProxiedRequest, testbed, waitUntil } from '@esox/testbed';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { OperatorProcess } from '../operator-process.fixture.ts';
import { type FaultArena, openFaultArena } from './fault-arena.fixture.ts';
import { FaultGround } from './fault-ground.fixture.ts';

/** Objects in the middle of whose syncs the operator is killed. */
const objects = Number(process.env['ESOX_FAULT_OBJECTS'] ?? 300);
/** Of the points at which it is killed; a failure names it. */
const seed = Number(process.env['ESOX_FAULT_SEED'] ?? Date.now() % 1_000_000);

let arena: FaultArena;

beforeAll(async () => {
  arena = await openFaultArena();
});

afterAll(() => arena[Symbol.asyncDispose]());

const names = Array.from({ length: objects }, (_unused, index) => `app-${index}`);
const isWrite = ({ method }: ProxiedRequest): boolean => method !== 'GET';
const isRead = ({ path }: ProxiedRequest): boolean => path.includes('/data/');

/** Numbers from 0 to 1, the same for the same seed. */
function* numbers(from: number): Generator<number, never> {
  for (let state = from; ;) {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    yield state / 2 ** 31;
  }
}

/** Kills the operator in the moment in which its `count`th request of a kind is on its way: it is done, and not heard of. */
async function killAt(operator: OperatorProcess, proxy: FaultProxy, kind: typeof isRead, count: number): Promise<void> {
  let seen = 0;
  const killing = (request: ProxiedRequest): boolean => {
    if (kind(request) && (seen += 1) === count) process.kill(operator.pid, 'SIGKILL');
    return false;
  };
  const rule = proxy.rule({ match: killing, action: { kind: 'hang' } });
  expect(await operator.exit()).toBeNull();
  rule.remove();
}

async function openGround(names: readonly string[]) {
  const ground = await FaultGround.open(arena, testbed().vault);
  const vaultProxy = await ground.store('main');
  await ground.put(...names);
  await ground.externalSecrets(names, { refreshInterval: '5s', target: { deletionPolicy: 'Delete' } });
  return { ground, vaultProxy };
}

it('row B37: killed at random points, again and again, it ends with every Secret equal, and each version once', async () => {
  const { ground, vaultProxy } = await openGround(names);
  await using _ground = ground;
  const random = numbers(seed);
  const kill = async (rounds: number): Promise<void> => {
    for (let round = 0; round < rounds; round += 1) {
      await using operator = await ground.start();
      const count = 1 + Math.floor(random.next().value * names.length * 0.6);
      if (random.next().value < 0.25) await killAt(operator, vaultProxy, isRead, Math.ceil(count / 3));
      else await killAt(operator, ground.apiProxy, isWrite, count);
    }
  };
  await kill(6);
  await using first = await ground.start();
  await ground.follow(names, 60_000);
  await first.end('SIGKILL');
  await ground.put(...names);
  await kill(4);
  await using last = await ground.start();
  await ground.follow(names, 60_000);
  expect(await ground.wrongs(last), `seed ${seed}`).toEqual([]);
  expect(await last.end('SIGTERM')).toBe(0);
}, 180_000);

it('row B17: paused in the middle of its work, it goes on where it was, with what is true by then', async () => {
  const { ground } = await openGround(names);
  await using _ground = ground;
  await using operator = await ground.start();
  for (let round = 0; round < 2; round += 1) {
    const writes = ground.apiProxy.requests.filter(isWrite).length;
    await expect
      .poll(() => ground.apiProxy.requests.filter(isWrite).length, { timeout: 20_000, interval: 1 })
      .toBeGreaterThan(writes + 50);
    operator.signal('SIGSTOP');
    await ground.put(...names);
    await sleep(4_000);
    operator.signal('SIGCONT');
    await ground.follow(names, 60_000);
  }
  expect(await ground.wrongs(operator)).toEqual([]);
  expect(await operator.end('SIGTERM')).toBe(0);
}, 120_000);

it('row B35: starved of memory it dies, but tears nothing, and goes on when it has more', async () => {
  const { ground } = await openGround(names);
  await using _ground = ground;
  let diedAtWork = 0;
  for (let heapMiB = 14; ; heapMiB += 2) {
    const before = await ground.written();
    await using starved = await ground.start({ env: { NODE_OPTIONS: `--max-old-space-size=${heapMiB}` } });
    let died = false;
    void starved.exit().then(() => (died = true));
    const isOver = async (): Promise<boolean> => died || (await ground.written()) === names.length;
    await waitUntil(isOver, { what: 'its death, or every Secret', deadlineMs: 60_000 });
    if (!died) break;
    if ((await ground.written()) > before) diedAtWork += 1;
  }
  expect(diedAtWork).toBeGreaterThan(0);
  await ground.put(...names);
  await using operator = await ground.start();
  await ground.follow(names, 60_000);
  expect(await ground.wrongs(operator)).toEqual([]);
}, 120_000);

it('row B43: with hardly a file descriptor left it sheds work, and does not end', async () => {
  const few = names.slice(0, 50);
  const { ground } = await openGround(few);
  await using _ground = ground;
  await using operator = await ground.start();
  await ground.follow(few.slice(0, 1));
  const open = (await readdir(`/proc/${operator.pid}/fd`)).length;
  const limit = (count: number) =>
    promisify(execFile)('prlimit', ['--pid', String(operator.pid), `--nofile=${count}:`]);
  await limit(open + 2);
  await ground.put(...few);
  ground.apiProxy.cutOpen();
  await ground.follow(few, 90_000);
  await limit(1_024);
  await ground.put(...few);
  await ground.follow(few, 60_000);
  expect(await ground.wrongs(operator)).toEqual([]);
  expect(await operator.end('SIGTERM')).toBe(0);
}, 180_000);
