import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { exampleOf, rowsOf, structural } from '@esox/schema';
import { config } from './config.ts';

/** The fields of External Secrets Operator 2.9.0. */
const fields = readFileSync(new URL('../fixtures/fields.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as { path: string });

test('has exactly the fields, defaults, limits and patterns of ESO', () => {
  const byPath = (one: { path: string }, other: { path: string }): number => (one.path < other.path ? -1 : 1);
  expect(rowsOf(structural(config)).toSorted(byPath)).toEqual(fields.toSorted(byPath));
});

test('its example is valid', () => {
  expect(config.safeParse(exampleOf(config)).error).toBeUndefined();
});

test('an empty key or value is refused with its position', () => {
  const result = config.safeParse({
    data: [
      { key: 'a', value: 'b' },
      { key: 'a', value: '' },
    ],
  });
  expect(result.error?.issues).toMatchObject([{ path: ['data', 1], message: 'key and value must not be empty' }]);
});
