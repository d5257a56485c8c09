import { afterAll, beforeAll, expect, test } from 'vitest';
import { testbed } from '@esox/testbed';
import { type LdapServer, ldapServer } from './ldap-server.fixture.ts';
import { failureOf, readableSecret, type ReadableSecret } from './vault-login.fixture.ts';
import { connectTo, unique } from './vault-store.fixture.ts';

const { vault } = testbed();
const path = unique('ldap');
const jane = 'cn=jane,ou=people,dc=example,dc=com';

let secret: ReadableSecret;
let directory: LdapServer;

beforeAll(async () => {
  secret = await readableSecret(vault);
  directory = await ldapServer({ [jane]: 'correct-horse-4711' });
  await vault.write(`sys/auth/${path}`, { type: 'ldap' });
  await vault.write(`auth/${path}/config`, {
    url: directory.url,
    userdn: 'ou=people,dc=example,dc=com',
    userattr: 'cn',
  });
  await vault.write(`auth/${path}/users/jane`, { policies: secret.policy });
});

afterAll(() => directory[Symbol.asyncDispose]());

const store = (password: string, username = ' jane ') =>
  connectTo(
    {
      server: vault.url,
      path: 'secret',
      auth: { ldap: { path, username, secretRef: { name: 'jane', key: 'password' } } },
    },
    { secrets: { jane: { password } } },
  );

test('ldap: the directory is asked for the trimmed name', async () => {
  await using good = await store('correct-horse-4711');
  expect(await good.read({ key: secret.key })).toBe(secret.document);
  expect(directory.bound).toContain(jane);
});

test('ldap: a wrong password, one that ends with a line break, and an unknown user are refused', async () => {
  for (const [password, username, text] of [
    ['wrong-4711', 'jane', 'the user name or the password is wrong'],
    ['correct-horse-4711\n', 'jane', 'ends with a line break'],
    ['correct-horse-4711', 'nobody', `auth/${path}/login`],
  ] as const) {
    await using bad = await store(password, username);
    const error = await failureOf(bad, secret.key);
    expect(error).toMatchObject({ code: 'unauthenticated', message: expect.stringContaining(text) });
    expect((error as Error).message).not.toContain('4711');
  }
});
