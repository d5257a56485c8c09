import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type FaultProxy, startVault, statusAnswer, testbed, waitUntil } from '@esox/testbed';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type FaultArena, openFaultArena } from './fault-arena.fixture.ts';
import { FaultGround, type StoreLogin } from './fault-ground.fixture.ts';

let arena: FaultArena;
const { vault } = testbed();

beforeAll(async () => {
  arena = await openFaultArena();
});

afterAll(() => arena[Symbol.asyncDispose]());

const names = Array.from({ length: 20 }, (_unused, index) => `app-${index}`);

/** An AppRole of the test's own. */
class AppRole {
  readonly #path = `fault-${randomUUID().slice(0, 8)}`;

  async allow(namespace: string, lifetime: object): Promise<void> {
    await vault.write(`sys/auth/${this.#path}`, { type: 'approle' });
    const policy = `path "secret/data/${namespace}/*" { capabilities = ["read"] }`;
    await vault.write(`sys/policies/acl/${this.#path}`, { policy });
    await vault.write(`auth/${this.#path}/role/operator`, { token_policies: this.#path, ...lifetime });
  }

  async login(): Promise<StoreLogin> {
    const role = await vault.read(`auth/${this.#path}/role/operator/role-id`);
    const secret = await vault.write(`auth/${this.#path}/role/operator/secret-id`);
    const secretRef = { name: 'main-login', key: 'id' };
    const auth = { appRole: { path: this.#path, roleId: role.data?.['role_id'], secretRef } };
    return { auth, secret: { id: String(secret.data?.['secret_id']) } };
  }

  /** Makes every secret ID useless. */
  async revokeSecretIds(): Promise<void> {
    const path = `auth/${this.#path}/role/operator/secret-id`;
    const listed = await vault.request('LIST', path);
    for (const accessor of (listed.body.data?.['keys'] ?? []) as string[]) {
      await vault.write(`${path}-accessor/destroy`, { secret_id_accessor: accessor });
    }
  }

  revokeTokens(): Promise<unknown> {
    return vault.write(`sys/leases/revoke-prefix/auth/${this.#path}/login`);
  }

  /** Times that the operator logged in, or tried to. */
  logins({ requests }: FaultProxy): number {
    return requests.filter(({ path }) => path === `/v1/auth/${this.#path}/login`).length;
  }
}

async function syncedGround(role: AppRole, lifetime: object) {
  const ground = await FaultGround.open(arena, vault);
  await role.allow(ground.namespace, lifetime);
  const proxy = await ground.store('main', await role.login());
  await ground.put(...names);
  await ground.externalSecrets(names, { target: { deletionPolicy: 'Delete' } });
  const operator = await ground.start();
  await ground.follow(names);
  return { ground, proxy, operator };
}

it.concurrent('row B26: logins that live for 6 s are renewed in time, once for all objects', async () => {
  const role = new AppRole();
  const since = Date.now();
  const { ground, proxy, operator } = await syncedGround(role, { token_ttl: '6s', token_max_ttl: '6s' });
  await using _ground = ground;
  await using _operator = operator;
  for (let round = 0; round < 5; round += 1) {
    await ground.put(...names);
    await ground.follow(names);
    await sleep(3_000);
  }
  const lives = (Date.now() - since) / 6_000;
  expect(role.logins(proxy)).toBeGreaterThanOrEqual(3);
  expect(role.logins(proxy)).toBeLessThanOrEqual(2 * lives + 1);
  expect(operator.output).not.toContain('permission denied');
  expect(await ground.wrongs(operator)).toEqual([]);
}, 90_000);

it.concurrent('row B26: a login that is revoked is done again, once for all objects', async () => {
  const role = new AppRole();
  const { ground, proxy, operator } = await syncedGround(role, {});
  await using _ground = ground;
  await using _operator = operator;
  expect(role.logins(proxy)).toBe(1);
  for (let round = 2; round <= 4; round += 1) {
    await role.revokeTokens();
    await ground.put(...names);
    await ground.follow(names);
    expect(role.logins(proxy)).toBe(round);
  }
  expect(await ground.wrongs(operator)).toEqual([]);
}, 90_000);

it.concurrent('row B27: a credential that is refused keeps every Secret, and the next one is used at once', async () => {
  const role = new AppRole();
  const { ground, proxy, operator } = await syncedGround(role, {});
  await using _ground = ground;
  await using _operator = operator;
  await role.revokeSecretIds();
  await role.revokeTokens();
  await ground.put(...names);
  await ground.fail(names);
  const tried = role.logins(proxy);
  // Not once for each of the 20 objects, over and over.
  expect(tried).toBeLessThan(names.length);
  expect(await ground.stale(names)).toEqual(names);
  await ground.setLogin('main', (await role.login()).secret);
  await ground.follow(names);
  // It is rotated again while it works.
  const { secret } = await role.login();
  const before = role.logins(proxy);
  await ground.setLogin('main', secret);
  await ground.put(...names);
  await ground.follow(names);
  await waitUntil(() => role.logins(proxy) > before, { what: 'the new login', deadlineMs: 10_000 });
  expect(await ground.wrongs(operator)).toEqual([]);
}, 90_000);

it.concurrent('row B22: a login that is throttled, or whose answer is lost, is done in the end', async () => {
  const role = new AppRole();
  const { ground, proxy, operator } = await syncedGround(role, {});
  await using _ground = ground;
  await using _operator = operator;
  const isLogin = ({ path }: { path: string }) => path.endsWith('/login');
  const throttled = proxy.rule({
    match: isLogin,
    times: 2,
    action: statusAnswer(429, 'TooManyRequests', { 'retry-after': '1' }),
  });
  const lost = proxy.rule({ match: isLogin, times: 1, action: { kind: 'lose-answer' } });
  await role.revokeTokens();
  await ground.put(...names);
  await ground.follow(names, 60_000);
  expect([throttled.hits, lost.hits]).toEqual([2, 1]);
  expect(await ground.wrongs(operator)).toEqual([]);
}, 90_000);

it.concurrent('row B20: a Vault that is killed, paused, sealed and killed again in the middle of 100 syncs', async () => {
  const many = Array.from({ length: 100 }, (_unused, index) => `app-${index}`);
  await using own = await startVault({ keepsData: true });
  await using ground = await FaultGround.open(arena, own);
  const proxy = await ground.store('main');
  await ground.put(...many);
  await ground.externalSecrets(many, { target: { deletionPolicy: 'Delete' } });
  await using operator = await ground.start();
  const isRead = ({ path }: { path: string }) => path.includes('/data/');
  const reads = (count: number) =>
    waitUntil(() => proxy.requests.filter(isRead).length >= count, {
      what: 'reads',
      deadlineMs: 20_000,
      intervalMs: 1,
    });
  await reads(20);
  await own.kill();
  await ground.fail(['app-99']);
  await own.start();
  await ground.follow(many, 60_000);

  // Nobody answers, and nobody says so.
  await ground.put(...many);
  own.pause();
  await sleep(3_000);
  own.resume();
  await ground.follow(many, 60_000);

  await ground.put(...many);
  await own.write('sys/seal');
  await ground.fail(['app-0', 'app-99']);
  await own.kill();
  await own.start();
  await ground.follow(many, 60_000);
  expect(await ground.wrongs(operator)).toEqual([]);
  expect(await operator.end('SIGTERM')).toBe(0);
}, 150_000);
