import { describe, expect, test } from 'vitest';
import { checkStore, storeRefreshInterval } from './check-store.ts';
import type { SecretStoreSpec } from './secret-store.ts';

const compiles = (pattern: string): boolean => !pattern.includes('(');
const rules = (spec: Partial<SecretStoreSpec>): string[] =>
  checkStore({ provider: { fake: {} }, ...spec }, compiles).map(({ rule, path }) => `${rule} at ${path}`);

describe('scenario 116: refreshInterval', () => {
  test.each<[number | string | undefined, number | 'default' | 'invalid']>([
    [300, 300_000],
    ['90s', 90_000],
    ['1ns', 1000],
    ['999ms', 1000],
    [0, 'default'],
    ['0s', 'default'],
    [undefined, 'default'],
    ['30', 'invalid'],
    [-1, 'invalid'],
    ['-1m', 'invalid'],
    ['x', 'invalid'],
  ])('%j', (value, expected) => {
    expect(storeRefreshInterval(value)).toBe(expected);
    expect(rules({ refreshInterval: value })).toEqual(
      expected === 'invalid' ? ['refreshInterval at refreshInterval'] : [],
    );
  });
});

describe('scenario 117: providers and regular expressions', () => {
  test('exactly one provider', () => {
    expect(rules({})).toEqual([]);
    expect(rules({ provider: {} })).toEqual(['oneProvider at provider']);
    expect(rules({ provider: { fake: {}, vault: {} } })).toEqual(['oneProvider at provider']);
  });

  test('all broken expressions are reported, and before anything else', () => {
    const conditions = [{ namespaceRegexes: ['(a', '^b$'] }, { namespaces: ['c'] }, { namespaceRegexes: ['d', '(e'] }];
    expect(rules({ conditions, refreshInterval: -1, provider: {} })).toEqual([
      'namespaceRegex at conditions[0].namespaceRegexes[0]',
      'namespaceRegex at conditions[2].namespaceRegexes[1]',
    ]);
  });
});
