import type { BackendLogin } from '../backend.ts';
import type { Check, Subject } from '../check.ts';
import { codeOf, connect, type Connection, failureOf } from '../connection.ts';
import { contentOf, freshKey } from '../content.ts';

const READERS = 10;

export const sharedLogin: Check = {
  title: 'logs in once for any number of calls at the same time',
  applies: (_, facts) => facts.login,
  async run(subject) {
    const login = loginOf(subject);
    const key = await storedKey(subject);
    const before = await login.count();
    await using connection = await connect(subject);
    await assertAllRead(connection, key);
    const logins = (await login.count()) - before;
    if (logins !== 1) throw new Error(`${READERS} reads at once made ${logins} logins instead of 1`);
  },
};

export const renewedLogin: Check = {
  title: 'logs in again, once, after its login was revoked',
  applies: (_, facts) => facts.login,
  async run(subject) {
    const login = loginOf(subject);
    const key = await storedKey(subject);
    await using connection = await connect(subject);
    await assertAllRead(connection, key);
    await login.revoke();
    const before = await login.count();
    // Those that met the ended login may say so, and only so; the next ones must work.
    const failures = await Promise.all(Array.from({ length: READERS }, () => failureOf(connection, key)));
    const wrong = failures.find((error) => error !== undefined && codeOf(error) !== 'unauthenticated');
    if (wrong !== undefined) throw new Error(`after the login was revoked, a read answered ${codeOf(wrong)}`);
    await assertAllRead(connection, key);
    const logins = (await login.count()) - before;
    if (logins !== 1) throw new Error(`${logins} logins followed the revocation instead of 1`);
  },
};

function loginOf({ backend }: Subject): BackendLogin {
  if (backend.login) return backend.login;
  throw new Error('facts.login is true, so the backend needs its login part');
}

async function storedKey({ backend, facts }: Subject): Promise<string> {
  const key = freshKey('login');
  await backend.put(key, contentOf('value', facts));
  return key;
}

async function assertAllRead(connection: Connection, key: string): Promise<void> {
  const failures = await Promise.all(Array.from({ length: READERS }, () => failureOf(connection, key)));
  const failure = failures.find((error) => error !== undefined);
  if (failure !== undefined) throw new Error(`a read failed: ${codeOf(failure)}`);
}
