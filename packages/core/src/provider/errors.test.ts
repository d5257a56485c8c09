import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { ProviderError } from './errors.ts';

test('no way of printing shows the cause', () => {
  const error = new ProviderError('unavailable', 'the server is sealed', { cause: new Error('canary-4711') });
  for (const printed of [inspect(error, { depth: 10 }), inspect({ error }), JSON.stringify(error), String(error)]) {
    expect(printed).not.toContain('canary-4711');
  }
  expect(inspect(error)).toContain('ProviderError: the server is sealed');
  expect(inspect(error)).toContain("code: 'unavailable'");
});

test('a foreign error becomes internal, without its text', () => {
  const error = ProviderError.from(new Error('canary-4711'), 'reading the key');
  expect(error.code).toBe('internal');
  expect(error.message).not.toContain('canary-4711');
});

test('an error of another copy of this package is recognised', () => {
  const foreign = Object.defineProperty(new Error('x'), Symbol.for('@esox/core.provider-error'), { value: true });
  expect(ProviderError.is(foreign)).toBe(true);
  expect(ProviderError.is(new Error('x'))).toBe(false);
});
