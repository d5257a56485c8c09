import { can, type ErrorCode, type Outcome, ProviderError } from '@esox/core';
import type { Facts, Fault } from '../backend.ts';
import type { Check, Subject } from '../check.ts';
import { call, codeOf, connect, type Connection, failureOf, findAll, readFailure } from '../connection.ts';
import { assertHolds, contentOf, freshKey } from '../content.ts';
import { anyItem } from './pushing.ts';

const CODES = {
  login: 'unauthenticated',
  denied: 'denied',
  throttled: 'rate-limited',
  outage: 'unavailable',
} as const satisfies Partial<Record<Fault, ErrorCode>>;

function faultCheck(fault: keyof typeof CODES, title: string): Check {
  return {
    title,
    applies: (_, facts) => facts.faults.includes(fault),
    run: (subject) => proveMapping(subject, fault),
  };
}

export const refusedLogin = faultCheck('login', 'answers unauthenticated when the login is refused, never not-found');
export const denied = faultCheck('denied', 'answers denied when it may not read, never not-found');
export const throttled = faultCheck('throttled', 'answers rate-limited when it is throttled, never not-found');
export const outage = faultCheck('outage', 'answers unavailable when the backend is out, never not-found');

async function proveMapping(subject: Subject, fault: keyof typeof CODES): Promise<void> {
  const { backend, facts } = subject;
  const key = freshKey(fault);
  const content = contentOf('still here', facts);
  await backend.put(key, content);
  await using established = await connect(subject);
  assertHolds((await established.read([{ key }]))[0], content, 'a key before the fault');
  await backend.fail(fault, true);
  try {
    await assertCode(subject, fault, { 'a new client, reading a key': await readFailure(subject, key) });
    await assertCode(subject, fault, {
      'a new client, reading a missing key': await readFailure(subject, freshKey('no')),
    });
    // A session that was granted before outlives a change of credentials.
    if (fault !== 'login') await assertCode(subject, fault, await failuresOf(established, subject.facts, key));
  } finally {
    await backend.fail(fault, false);
  }
  const failure = await readFailure(subject, key);
  if (failure !== undefined) throw new Error(`after the fault a new client still answers ${codeOf(failure)}`);
}

async function assertCode(
  subject: Subject,
  fault: keyof typeof CODES,
  failures: Record<string, unknown>,
): Promise<void> {
  const wanted = CODES[fault];
  for (const [what, error] of Object.entries(failures)) {
    const code = codeOf(error);
    if (code !== wanted) throw new Error(`${what} during ${fault}: expected ${wanted}, got ${code}`);
    const hinted = ProviderError.is(error) && error.retryAfterMs !== undefined && error.retryAfterMs > 0;
    if (fault === 'throttled' && subject.facts.retryAfter === true && !hinted) {
      throw new Error(`${what}: the backend said how long to wait, and retryAfterMs is not set`);
    }
  }
}

/** Why each power of an established client failed; undefined for one that claimed success. */
async function failuresOf(connection: Connection, facts: Facts, key: string): Promise<Record<string, unknown>> {
  const { client, provider } = connection;
  const failures: Record<string, unknown> = {
    'reading a key': await failureOf(connection, key),
    'reading a missing key': await failureOf(connection, freshKey('no')),
  };
  if (can(provider, client, 'find')) {
    failures['finding'] = await thrownBy(() => findAll(client, { name: key }, call()));
  }
  if (can(provider, client, 'exists')) {
    failures['asking whether a key exists'] = await failureIn(() => client.exists([{ key: freshKey('no') }], call()));
  }
  if (can(provider, client, 'write')) {
    failures['writing'] = await failureIn(() => client.write([anyItem(facts)], call()));
  }
  if (can(provider, client, 'remove')) {
    failures['removing'] = await failureIn(() => client.remove([{ key: freshKey('no') }], call()));
  }
  return failures;
}

async function failureIn(work: () => Promise<readonly Outcome<unknown>[]>): Promise<unknown> {
  let error: unknown;
  const thrown = await thrownBy(async () => {
    const [outcome] = await work();
    if (outcome?.ok === false) error = outcome.error;
  });
  return thrown ?? error;
}

async function thrownBy(work: () => Promise<unknown>): Promise<unknown> {
  try {
    await work();
    return undefined;
  } catch (error) {
    return error;
  }
}
