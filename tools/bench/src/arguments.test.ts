import { expect, test } from 'vitest';
import { parseArguments, phases, UsageError } from './arguments.ts';

test('without options: 1,000 objects that read a key each, in all phases', () => {
  expect(parseArguments([])).toMatchObject({ objects: 1000, distinctKeys: 1000, namespaces: 10, phases });
});

test('phases run in their own order, whatever the order on the command line', () => {
  expect(parseArguments(['--phases', 'restart, first-sync'])).toMatchObject({ phases: ['first-sync', 'restart'] });
});

test('what stands behind -- is the operator', () => {
  const options = parseArguments(['--objects', '5', '--', 'external-secrets', '--objects', '7']);
  expect(options).toMatchObject({ objects: 5, command: ['external-secrets', '--objects', '7'] });
});

test.each([
  [['--objects', '0'], '--objects wants a whole number of at least 1'],
  [['--objects', '5', '--distinct-keys', '6'], '--distinct-keys 6 is more than --objects 5'],
  [['--refresh-interval', '1 day'], 'Go duration'],
  [['--phases', 'lunch'], '--phases wants one of first-sync'],
  [['--compare', 'others'], '--compare wants one of eso'],
  [['--'], 'no command after --'],
  [['--objectz', '5'], "Unknown option '--objectz'"],
])('%j is wrong usage', (args, message) => {
  expect(() => parseArguments(args)).toThrow(UsageError);
  expect(() => parseArguments(args)).toThrow(message);
});
