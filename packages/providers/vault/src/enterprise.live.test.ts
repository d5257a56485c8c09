import { afterAll, beforeAll, expect, test } from 'vitest';
import { Sealed } from '@esox/core';
import { testbed, waitUntil } from '@esox/testbed';
import { type EnterpriseVault, enterpriseVault } from './enterprise-vault.fixture.ts';
import { failureOf } from './vault-login.fixture.ts';
import { call, connectTo, type TestClient, unique } from './vault-store.fixture.ts';

const { vault } = testbed();
const team = unique('team');
const namespaces = [team, `${team}/blue`, `${team}/red`];
const secrets = { jane: { password: 'correct-horse' } };

let enterprise: EnterpriseVault;

beforeAll(async () => {
  enterprise = await enterpriseVault(vault, namespaces);
  for (const namespace of namespaces) {
    const engine = enterprise.mountOf(namespace, 'kv');
    const login = enterprise.mountOf(namespace, 'userpass');
    await vault.write(`sys/mounts/${engine}`, { type: 'kv', options: { version: '2' } });
    await waitUntil(async () => (await vault.request('GET', `${engine}/config`)).status === 200, {
      what: 'the new engine takes requests',
      deadlineMs: 20_000,
    });
    await vault.write(`${engine}/data/app`, { data: { namespace: namespace.replace(team, 'team') } });
    const rights = '{ capabilities = ["create", "read", "update", "delete", "list"] }';
    await vault.write(`sys/policies/acl/${login}`, { policy: `path "${team}-*" ${rights}` });
    await vault.write(`sys/auth/${login}`, { type: 'userpass' });
    const user = { password: 'correct-horse', token_policies: [login] };
    await vault.write(`auth/${login}/users/jane`, user);
  }
});

afterAll(() => enterprise[Symbol.asyncDispose]());

function connect(settings: object, login: object = {}, retries = 0): Promise<TestClient> {
  const auth = { userPass: { username: 'jane', secretRef: { name: 'jane', key: 'password' } }, ...login };
  const store = { retry: { maxRetries: retries, intervalMs: 10 } };
  return connectTo({ server: enterprise.url, path: 'kv', auth, ...settings }, { secrets, store });
}

test('login and secrets in one namespace', async () => {
  await using blue = await connect({ namespace: `${team}/blue` });
  expect(await blue.read({ key: 'app' })).toBe('{"namespace":"team/blue"}');
  expect(await blue.client.check(call())).toBe('ready');
  expect(await blue.find({ name: '.' })).toEqual({ app: '{"namespace":"team/blue"}' });
  expect(await blue.read({ key: 'none' })).toBe('not-found');
});

test('login in the namespace above that of the secrets, which are pushed there, too', async () => {
  await using red = await connect({ namespace: `${team}/red` }, { namespace: team });
  expect(await red.read({ key: 'app' })).toBe('{"namespace":"team/red"}');
  const key = unique('push');
  expect(await red.client.write([{ key, value: Sealed.text('{"a":"b"}') }], call())).toMatchObject([{ ok: true }]);
  expect((await vault.read(`${enterprise.mountOf(`${team}/red`, 'kv')}/data/${key}`)).data?.['data']).toEqual({
    a: 'b',
  });
});

test('a login beside that of the secrets, no namespace, and one that does not exist', async () => {
  await using beside = await connect({ namespace: `${team}/red` }, { namespace: `${team}/blue` });
  expect(await beside.read({ key: 'app' })).toBe('unauthenticated');
  await using none = await connect({});
  expect(await failureOf(none, 'app')).toMatchObject({ code: 'unauthenticated' });
  await using missing = await connect({ namespace: 'no-such' }, { namespace: team });
  expect(await missing.read({ key: 'app' })).toBe('invalid-config');
});

async function writeAndRead(settings: object, retries: number): Promise<string> {
  await using store = await connect({ namespace: team, ...settings }, {}, retries);
  const key = unique('push');
  await store.client.write([{ key, value: Sealed.text('{"a":"b"}') }], call());
  enterprise.lag(1, 1);
  return await store.read({ key });
}

test('readYourWrites: a standby that lags is asked again; together with forwardInconsistent it forwards', async () => {
  expect(await writeAndRead({ readYourWrites: true }, 1)).toBe('{"a":"b"}');
  expect(enterprise.statuses.filter((status) => status === 412).length).toBe(1);
  expect(await writeAndRead({ readYourWrites: true }, 0)).toBe('unavailable');
  expect(enterprise.forwarded()).toBe(0);
  expect(await writeAndRead({ readYourWrites: true, forwardInconsistent: true }, 0)).toBe('{"a":"b"}');
  expect(enterprise.forwarded()).toBe(1);
});
