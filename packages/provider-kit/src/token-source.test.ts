import { expect, test } from 'vitest';
import { ProviderError } from '@esox/core';
import { tokenSource } from './token-source.ts';

const call = { signal: new AbortController().signal };

function source(lifeMs: number | undefined, renewBeforeMs = 60_000) {
  let now = 0;
  const clock = { now: () => now, sleep: async () => {} };
  const logins: number[] = [];
  const tokens = tokenSource(
    async () => {
      logins.push(now);
      return { token: `token-${logins.length}`, expiresAt: lifeMs === undefined ? undefined : now + lifeMs };
    },
    { clock, renewBeforeMs },
  );
  return { tokens, logins, at: (ms: number) => void (now = ms) };
}

const itself = async (token: string): Promise<string> => token;
const refused = (): never => {
  throw new ProviderError('unauthenticated', 'unknown token');
};

test('one login serves all callers, at the same time and later', async () => {
  const { tokens, logins, at } = source(undefined);
  expect(await Promise.all([tokens.use(itself, call), tokens.use(itself, call)])).toEqual(['token-1', 'token-1']);
  at(1e12);
  expect(await tokens.use(itself, call)).toBe('token-1');
  expect(logins.length).toBe(1);
});

test('a token is replaced in time, a short-lived one after half of its life', async () => {
  for (const [lifeMs, renewAt] of [
    [600_000, 540_000],
    [100_000, 50_000],
  ] as const) {
    const { tokens, at } = source(lifeMs);
    expect(await tokens.use(itself, call)).toBe('token-1');
    at(renewAt - 1);
    expect(await tokens.use(itself, call)).toBe('token-1');
    at(renewAt);
    expect(await tokens.use(itself, call)).toBe('token-2');
  }
});

test('a refused token is replaced once for all who used it', async () => {
  const { tokens, logins } = source(undefined);
  const work = async (token: string): Promise<string> => (token === 'token-1' ? refused() : token);
  const results = await Promise.all(Array.from({ length: 20 }, () => tokens.use(work, call)));
  expect(new Set(results)).toEqual(new Set(['token-2']));
  expect(logins.length).toBe(2);
});

test('a second refusal is the caller’s', async () => {
  const { tokens, logins } = source(undefined);
  await expect(tokens.use(async () => refused(), call)).rejects.toMatchObject({ code: 'unauthenticated' });
  expect(logins.length).toBe(2);
});

test('other failures are not tried again', async () => {
  const { tokens, logins } = source(undefined);
  let tries = 0;
  const denied = async (): Promise<never> => {
    tries += 1;
    throw new ProviderError('denied', 'no');
  };
  await expect(tokens.use(denied, call)).rejects.toMatchObject({ code: 'denied' });
  expect([tries, logins.length]).toEqual([1, 1]);
});

test('a failed login is not tried again by the same caller, and is by the next', async () => {
  let tries = 0;
  const clock = { now: () => 0, sleep: async () => {} };
  const tokens = tokenSource<string>(
    async () => {
      tries += 1;
      return refused();
    },
    { clock, renewBeforeMs: 0 },
  );
  await expect(tokens.use(itself, call)).rejects.toMatchObject({ code: 'unauthenticated' });
  expect(tries).toBe(1);
  await expect(tokens.use(itself, call)).rejects.toMatchObject({ code: 'unauthenticated' });
  expect(tries).toBe(2);
});

test('a token that was taken away is not used again', async () => {
  const { tokens } = source(undefined);
  expect(tokens.take()).toBeUndefined();
  await tokens.use(itself, call);
  expect(tokens.take()).toBe('token-1');
  expect(tokens.take()).toBeUndefined();
  expect(await tokens.use(itself, call)).toBe('token-2');
});
