import { cp, rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { testbed, waitUntil } from '@esox/testbed';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { OperatorProcess } from '../operator-process.fixture.ts';
import { installCrds } from '../test-cluster.fixture.ts';
import { type FaultArena, openFaultArena } from './fault-arena.fixture.ts';
import { FaultGround } from './fault-ground.fixture.ts';

let arena: FaultArena;
let ground: FaultGround;
/** One operator lives through all of this. */
let operator: OperatorProcess;

const names = Array.from({ length: 20 }, (_unused, index) => `app-${index}`);

beforeAll(async () => {
  arena = await openFaultArena();
  ground = await FaultGround.open(arena, testbed().vault);
  await ground.store('main');
  await ground.put(...names);
  await ground.externalSecrets(names, { target: { deletionPolicy: 'Delete' } });
  operator = await ground.start();
  await ground.follow(names);
});

afterAll(async () => {
  await operator[Symbol.asyncDispose]();
  await ground[Symbol.asyncDispose]();
  await arena[Symbol.asyncDispose]();
});

async function isWell(): Promise<void> {
  for (const probe of ['/readyz', '/healthz']) expect((await operator.get(operator.livePort, probe)).status).toBe(200);
  expect(await ground.wrongs(operator)).toEqual([]);
}

/** New objects, and so many of the operator's writes on their way. */
async function writing(prefix: string, count: number): Promise<string[]> {
  const more = Array.from({ length: 20 }, (_unused, index) => `${prefix}-${index}`);
  await ground.put(...more);
  const { requests } = ground.apiProxy;
  const before = requests.length;
  const writes = () =>
    requests.slice(before).filter(({ method, path }) => method === 'POST' && path.endsWith('/secrets'));
  await ground.externalSecrets(more);
  await waitUntil(() => writes().length >= count, { what: 'writes', deadlineMs: 60_000, intervalMs: 1 });
  return more;
}

it('row B13: an API server that is killed again and again ends nothing and loses nothing', async () => {
  for (let round = 0; round < 2; round += 1) {
    const more = await writing(`killed-${round}`, 10 * round);
    await arena.api.kill();
    await ground.put(...names);
    await arena.api.start();
    await ground.follow([...names, ...more], 60_000);
  }
  await isWell();
}, 180_000);

it('row B13: an API server that is stopped, and one that hangs, end nothing and lose nothing', async () => {
  await arena.api.stop();
  await ground.put(...names);
  await sleep(2_000);
  await arena.api.start();
  await ground.follow(names, 60_000);

  const more = await writing('paused', 5);
  arena.api.pause();
  await ground.put(...names);
  await sleep(5_000);
  arena.api.resume();
  await ground.follow([...names, ...more], 60_000);
  await isWell();
}, 180_000);

it('row B14: an etcd that hangs, and one that is killed in the middle of writes, cost nothing', async () => {
  const first = await writing('etcd-paused', 5);
  arena.etcd.pause();
  await ground.put(...names);
  await sleep(6_000);
  arena.etcd.resume();
  await ground.follow([...names, ...first], 60_000);

  const second = await writing('etcd-killed', 5);
  await arena.etcd.kill();
  await ground.put(...names);
  await sleep(2_000);
  await arena.etcd.start();
  await ground.follow([...names, ...second], 60_000);
  await isWell();
}, 180_000);

it('row B15: an etcd that is set back to an older state makes nobody delete anything', async () => {
  const { api, etcd } = arena;
  const backup = `${etcd.dataFolder}-backup`;
  await api.kill();
  await etcd.kill();
  await cp(etcd.dataFolder, backup, { recursive: true });
  await etcd.start();
  await api.start();
  await ground.put(...names);
  await ground.follow(names, 60_000);

  await api.kill();
  await etcd.kill();
  await rm(etcd.dataFolder, { recursive: true });
  await cp(backup, etcd.dataFolder, { recursive: true });
  await etcd.start();
  await api.start();
  await ground.follow(names, 60_000);
  await isWell();
}, 180_000);

it('row B41: a kind that is no longer served, and then is again, ends nothing; its Secrets stay', async () => {
  const { client } = arena.api;
  await using retained = await FaultGround.open(arena, testbed().vault);
  await retained.store('main');
  await retained.put('app', 'later');
  await retained.externalSecret('app');
  await using other = await retained.start();
  await retained.follow(['app']);
  const crd = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/externalsecrets.external-secrets.io';
  await client.call({ method: 'DELETE', path: crd });
  const isGone = async () => (await client.request({ path: crd })).status === 404;
  await waitUntil(isGone, { what: 'the kind to be gone', deadlineMs: 30_000 });
  await sleep(3_000);
  expect(await retained.written()).toBe(1);
  await installCrds(arena.api);
  const create = () => retained.externalSecret('later').then(() => true);
  await waitUntil(create, { what: 'the kind to take objects', deadlineMs: 30_000 });
  await retained.follow(['app', 'later'], 60_000);
  expect(await retained.wrongs(other)).toEqual([]);
  // What both said they want to be removed with their objects is, and nothing else.
  expect(await ground.wrongs(operator, { deleted: names })).toEqual([]);
  for (const each of [operator, other]) expect(await each.end('SIGTERM')).toBe(0);
}, 180_000);
