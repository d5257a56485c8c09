import { expect, it } from 'vitest';
import { ProviderError } from '../provider/errors.ts';
import { FakeClock } from './clock.fixture.ts';
import { callPlugin, type PluginCall } from './plugin-call.ts';

async function failureOf(kind: PluginCall<never>['kind'], error: unknown): Promise<ProviderError | undefined> {
  const answer = await callPlugin({
    clock: new FakeClock(),
    observer: {},
    provider: 'acme',
    store: 's',
    kind,
    refs: 1,
    timeoutMs: 1000,
    signal: new AbortController().signal,
    work: () => Promise.reject(error),
  });
  return answer.ok ? undefined : answer.error;
}

it.each(['read', 'check', 'connect'] as const)(
  'a %s that fails as a whole says nothing of any key: its not-found could delete Secrets',
  async (kind) => {
    const error = await failureOf(kind, new ProviderError('not-found', 'no such path'));
    expect(error).toMatchObject({ code: 'internal', message: expect.stringContaining('"acme"') });
  },
);

it('a find may say that the place to look in does not exist', async () => {
  expect(await failureOf('find', new ProviderError('not-found', 'no such path'))).toMatchObject({ code: 'not-found' });
});

it('every other error is passed on as it is', async () => {
  const denied = new ProviderError('denied', 'not allowed');
  for (const kind of ['read', 'find', 'check', 'connect'] as const) expect(await failureOf(kind, denied)).toBe(denied);
});

it('of a foreign error not a word is passed on', async () => {
  const error = await failureOf('read', new TypeError('CANARY'));
  expect(error).toMatchObject({ code: 'internal' });
  expect(error?.message).not.toContain('CANARY');
});
