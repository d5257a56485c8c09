import { expect, test } from 'vitest';
import { percentile, spread } from './statistics.ts';

test('the median of an even count is the mean of the two in the middle', () => {
  expect(spread([4, 1, 3, 2])).toEqual({ min: 1, median: 2.5, max: 4 });
  expect(spread([7])).toEqual({ min: 7, median: 7, max: 7 });
  expect(() => spread([])).toThrow('no numbers');
});

test('a percentile is one of the numbers', () => {
  const hundred = Array.from({ length: 100 }, (_unused, index) => 100 - index);
  expect([percentile(hundred, 95), percentile(hundred, 100), percentile([3, 1, 2], 50)]).toEqual([95, 100, 2]);
});
