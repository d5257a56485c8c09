import { expect, test } from 'vitest';
import { parseDuration } from './duration.ts';

// Expected values are those of Go's time.ParseDuration.
test.each<[string, number | undefined]>([
  ['1h0m0s', 3_600_000],
  ['1h30m', 5_400_000],
  ['0s', 0],
  ['0', 0],
  ['+0', 0],
  ['1.5s', 1500],
  ['.5s', 500],
  ['1.s', 1000],
  ['-1m', -60_000],
  ['+5s', 5000],
  ['250ms', 250],
  ['1us', 0.001],
  ['1µs', 0.001],
  ['1μs', 0.001],
  ['2562047h', 2562047 * 3_600_000],
  ['2562048h', undefined],
  ['', undefined],
  ['30', undefined],
  ['1', undefined],
  ['s', undefined],
  ['.s', undefined],
  ['1d', undefined],
  ['1h ', undefined],
  ['1 h', undefined],
  ['1h-5m', undefined],
  ['never', undefined],
])('%j', (text, expected) => {
  expect(parseDuration(text)).toBe(expected);
});
