import { startVault, type Vault, waitUntil } from '@esox/testbed';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type FaultArena, openFaultArena } from './fault-arena.fixture.ts';
import { FaultGround } from './fault-ground.fixture.ts';

let arena: FaultArena;
let vault: Vault;

beforeAll(async () => {
  [arena, vault] = await Promise.all([openFaultArena(), startVault({ keepsData: true })]);
});

afterAll(async () => {
  await arena[Symbol.asyncDispose]();
  await vault.stop();
});

const names = Array.from({ length: 100 }, (_unused, index) => `app-${index}`);

it('row B20: a Vault that is killed, paused, sealed and killed again in the middle of 100 syncs', async () => {
  await using ground = await FaultGround.open(arena, vault);
  const proxy = await ground.store('main');
  await ground.put(...names);
  for (const name of names) await ground.externalSecret(name, { target: { deletionPolicy: 'Delete' } });
  await using operator = await ground.start();
  const isRead = ({ path }: { path: string }) => path.includes('/data/');
  const reads = (count: number) =>
    waitUntil(() => proxy.requests.filter(isRead).length >= count, {
      what: 'reads',
      deadlineMs: 20_000,
      intervalMs: 1,
    });
  await reads(20);
  await vault.kill();
  await ground.fail(['app-99']);
  await vault.start();
  await ground.follow(names, 60_000);

  // Nobody answers, and nobody says so.
  await ground.put(...names);
  vault.pause();
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  vault.resume();
  await ground.follow(names, 60_000);

  await ground.put(...names);
  await vault.write('sys/seal');
  await ground.fail(['app-0', 'app-99']);
  await vault.kill();
  await vault.start();
  await ground.follow(names, 60_000);
  expect(await ground.wrongs(operator)).toEqual([]);
  expect(await operator.end('SIGTERM')).toBe(0);
}, 150_000);
