import { expect, test } from 'vitest';
import { type HttpResponse, ProviderError } from '@esox/core';
import { retryAfterMs, retrying } from './retrying.ts';

const open = { signal: new AbortController().signal };
const clock = { now: () => Date.parse('2026-01-01T00:00:00Z'), sleep: async () => {} };

function answer(status: number, headers: Record<string, string> = {}): HttpResponse {
  return { status, headers, body: new Uint8Array() };
}

test.each([
  [{ 'retry-after': '7' }, 7000],
  [{ 'retry-after': 'Thu, 01 Jan 2026 00:00:30 GMT' }, 30_000],
  [{ 'retry-after': 'Thu, 01 Jan 1970 00:00:00 GMT' }, 0],
  [{ 'retry-after': 'soon' }, undefined],
  [{}, undefined],
])('Retry-After %o', (headers: Record<string, string>, expected) => {
  expect(retryAfterMs(answer(503, headers), clock)).toBe(expected);
});

// The rest of its behaviour is tested by the vault provider, on a real server behind a fault proxy.
test('an abort ends the wait, with a ProviderError', async () => {
  const controller = new AbortController();
  const waiting = Promise.withResolvers<void>();
  const http = retrying(
    { request: async () => answer(503), async [Symbol.asyncDispose]() {} },
    {
      clock: {
        now: () => 0,
        sleep: (_, signal) =>
          new Promise((_resolve, reject) => {
            signal?.addEventListener('abort', () => reject(signal.reason));
            waiting.resolve();
          }),
      },
      maxRetries: 5,
      minMs: 1,
      maxMs: 1,
      retryOn: (status) => status === 503,
    },
  );
  const request = http.request({ method: 'GET', url: 'http://127.0.0.1' }, { signal: controller.signal });
  await waiting.promise;
  controller.abort();
  await expect(request).rejects.toMatchObject({ code: 'unavailable' });
});

test('what cannot get better by waiting is not tried again', async () => {
  let tries = 0;
  const http = retrying(
    {
      request: async () => {
        tries += 1;
        throw new ProviderError('invalid-config', 'no URL');
      },
      async [Symbol.asyncDispose]() {},
    },
    { clock, maxRetries: 5, minMs: 1, maxMs: 1, retryOn: () => true },
  );
  await expect(http.request({ method: 'GET', url: 'x' }, open)).rejects.toMatchObject({ code: 'invalid-config' });
  expect(tries).toBe(1);
});
