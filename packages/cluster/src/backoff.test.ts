import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { backoffDelay } from './backoff.ts';

test('grows with each failure, differs by chance, and never leaves its bounds', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 10_000 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.integer({ min: 1, max: 5_000 }),
      fc.integer({ min: 10_000, max: 1_000_000 }),
      (failures, chance, baseMs, maxMs) => {
        const backoff = { baseMs, maxMs };
        const delay = backoffDelay(backoff, failures, () => chance);
        expect(delay).toBeGreaterThanOrEqual(baseMs);
        expect(delay).toBeLessThanOrEqual(maxMs);
        expect(backoffDelay(backoff, failures + 1, () => chance)).toBeGreaterThanOrEqual(delay);
        expect(backoffDelay(backoff, failures, () => 1)).toBeGreaterThan(backoffDelay(backoff, failures, () => 0));
      },
    ),
  );
});
