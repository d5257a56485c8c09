import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { ProviderError } from './errors.ts';

const canary = 'canary-7f3a';

describe('ProviderError', () => {
  it('is known by its brand in another copy of the package', async () => {
    const copy: typeof import('./errors.ts') = await import('./errors.ts?copy' as string);
    expect(copy.ProviderError).not.toBe(ProviderError);
    const foreign = new copy.ProviderError('not-found', 'there is no such key', { retryAfterMs: 5 });
    expect(foreign).not.toBeInstanceOf(ProviderError);
    expect(ProviderError.is(foreign)).toBe(true);
    expect(ProviderError.from(foreign, 'Reading')).toBe(foreign);
  });

  it('nothing else is one', () => {
    const others = [
      new Error('x'),
      { code: 'not-found', message: 'x', name: 'ProviderError' },
      null,
      undefined,
      'not-found',
    ];
    expect(others.some((other) => ProviderError.is(other))).toBe(false);
  });

  it.each([
    ['an error', new Error(canary)],
    ['a text', canary],
    ['an object', { message: canary, code: 'not-found' }],
  ])('makes %s that a plugin threw internal, and drops its text', (_name, thrown) => {
    const error = ProviderError.from(thrown, 'Reading');
    expect(error.code).toBe('internal');
    expect(error.message).toBe('Reading failed with an unexpected error');
    expect(error.cause).toBe(thrown);
  });

  it.each([
    [1500, 1500],
    [0, 0],
    [3_600_000, 3_600_000],
    [1e12, 3_600_000],
    [-1, undefined],
    [Number.NaN, undefined],
    [Number.POSITIVE_INFINITY, undefined],
    [undefined, undefined],
  ])('a backend that wants to be left alone for %s ms is for %s', (asked, heeded) => {
    const options = asked === undefined ? {} : { retryAfterMs: asked };
    expect(new ProviderError('rate-limited', 'slow down', options).retryAfterMs).toBe(heeded);
  });

  it('never prints its cause', () => {
    const error = new ProviderError('denied', 'not allowed', { cause: new Error(canary) });
    const texts = [String(error), JSON.stringify(error), inspect(error, { depth: null }), error.stack ?? ''];
    expect(texts.some((text) => text.includes(canary))).toBe(false);
  });
});
