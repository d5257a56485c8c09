import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, parseDuration } from './duration.ts';

describe('parseDuration', () => {
  // Values as Go's time.ParseDuration has them.
  it.each([
    ['0', 0],
    ['0s', 0],
    ['-0', 0],
    ['1h0m0s', 3_600_000],
    ['1h30m', 5_400_000],
    ['1.5s', 1_500],
    ['.5s', 500],
    ['1.s', 1_000],
    ['-2m', -120_000],
    ['+5ms', 5],
    ['3us', 0.003],
    ['3\u00b5s', 0.003],
    ['3\u03bcs', 0.003],
    ['100ns', 0.0001],
    ['1m1m', 120_000],
    ['30s1h', 3_630_000],
  ])('%s is %d ms', (text, ms) => {
    expect(parseDuration(text)).toBeCloseTo(ms, 9);
  });

  it.each(['', '1', '30', 's', '1 h', '1h ', '1d', '1hm', '.s', '-', '1.2.3s', '1e3s', 'x', '--1s', '3000000h', '1H'])(
    '%j is none',
    (text) => {
      expect(parseDuration(text)).toBeUndefined();
    },
  );
});

describe('formatDuration', () => {
  it.each([
    [0, '0s'],
    [3_600_000, '1h0m0s'],
    [90_000, '1m30s'],
    [5_400_000, '1h30m0s'],
    [1_500, '1.5s'],
    [300, '300ms'],
    [0.5, '500\u00b5s'],
    [0.0015, '1.5\u00b5s'],
    [0.000001, '1ns'],
    [-2_000, '-2s'],
    [100 * 3_600_000 + 1, '100h0m0.001s'],
  ])('%d ms is %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  it('is read back', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e12, max: 1e12 }), (ms) => {
        expect(parseDuration(formatDuration(ms))).toBeCloseTo(ms, 3);
      }),
    );
  });
});
