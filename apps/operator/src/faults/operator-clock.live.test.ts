import { randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { type FaultProxy, statusAnswer, testbed } from '@esox/testbed';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { OperatorProcess } from '../operator-process.fixture.ts';
import { type FaultArena, openFaultArena } from './fault-arena.fixture.ts';
import { FaultGround } from './fault-ground.fixture.ts';

let arena: FaultArena;

beforeAll(async () => {
  arena = await openFaultArena();
});

afterAll(() => arena[Symbol.asyncDispose]());

const minute = 60_000;
const day = 24 * 60 * minute;
const names = Array.from({ length: 20 }, (_unused, index) => `app-${index}`);

/** An operator whose wall clock the test sets. */
class SteppedGround implements AsyncDisposable {
  readonly ground: FaultGround;
  readonly vaultProxy: FaultProxy;
  readonly operator: OperatorProcess;
  readonly #file: string;

  private constructor(ground: FaultGround, vaultProxy: FaultProxy, operator: OperatorProcess, file: string) {
    this.ground = ground;
    this.vaultProxy = vaultProxy;
    this.operator = operator;
    this.#file = file;
  }

  static async open(refreshInterval: string): Promise<SteppedGround> {
    const ground = await FaultGround.open(arena, testbed().vault);
    const vaultProxy = await ground.store('main');
    await ground.put(...names);
    await ground.externalSecrets(names, { refreshInterval });
    const file = join(tmpdir(), `esox-clock-${randomUUID()}`);
    const preload = pathToFileURL(join(import.meta.dirname, 'stepped-clock.fixture.ts'));
    preload.searchParams.set('file', file);
    const operator = await ground.start({ env: { NODE_OPTIONS: `--import=${preload}` } });
    await ground.follow(names);
    return new SteppedGround(ground, vaultProxy, operator, file);
  }

  /** Sets the wall clock off by so much. */
  async step(ms: number): Promise<void> {
    await writeFile(this.#file, String(ms));
    process.kill(this.operator.pid, 'SIGUSR2');
  }

  reads(): number {
    return this.vaultProxy.requests.filter(({ path }) => path.includes('/data/')).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.operator[Symbol.asyncDispose]();
    await this.ground[Symbol.asyncDispose]();
    await rm(this.#file, { force: true });
  }
}

it.concurrent('row B19: a wall clock that is set wrong causes no storm, and no refresh that is missed', async () => {
  await using stepped = await SteppedGround.open('3s');
  const { ground, operator } = stepped;
  for (const step of [10 * minute, 0, day, 0, -10 * minute, 0, -day, 0]) {
    const before = stepped.reads();
    const since = Date.now();
    await stepped.step(step);
    await ground.put(...names);
    await ground.follow(names, 10_000);
    const intervals = Math.ceil((Date.now() - since) / 3_000);
    expect(stepped.reads() - before, `reads after a step of ${step} ms`).toBeLessThanOrEqual(
      names.length * (intervals + 1),
    );
  }
  expect(await ground.wrongs(operator)).toEqual([]);
}, 150_000);

it.concurrent('row B19: what waits for its time waits no longer for a clock that is set back', async () => {
  await using stepped = await SteppedGround.open('1s');
  const { ground, operator } = stepped;
  // A pause that Vault asks for, one that the API server asks for, and a call that hangs.
  const busy = statusAnswer(429, 'TooManyRequests', { 'retry-after': '2' });
  const isRead = ({ path }: { path: string }) => path.includes('/data/');
  stepped.vaultProxy.rule({ match: isRead, times: 1, action: busy });
  ground.apiProxy.rule({ match: ({ method }) => method === 'PATCH', times: 1, action: busy });
  const hung = stepped.vaultProxy.rule({ match: isRead, times: 1, action: { kind: 'hang' } });
  await expect.poll(() => hung.hits, { timeout: 20_000, interval: 5 }).toBe(1);
  await sleep(100);
  await stepped.step(-day);
  await ground.put(...names);
  await ground.follow(names, 60_000);
  expect(await ground.wrongs(operator)).toEqual([]);
}, 120_000);
