import { expect, it } from 'vitest';
import { closingLine, type Report } from './closing-line.ts';

const file = (status: string, ...tests: string[]) => ({
  status,
  assertionResults: tests.map((test) => ({ status: test })),
});
const report = (...testResults: Report['testResults'][number][]): Report => ({ numPassedTests: 0, testResults });

it.each([
  ['all passed', report(file('passed', 'passed', 'passed')), true, '2 passed, 0 failed'],
  ['one failed', report(file('failed', 'passed', 'failed')), false, '1 passed, 1 failed'],
  ['a skipped test counts as failed', report(file('passed', 'passed', 'skipped')), true, '1 passed, 1 failed'],
  ['a file that cannot be loaded', report(file('failed'), file('passed', 'passed')), false, '1 passed, 1 failed'],
  ['an error outside of any test', report(file('passed', 'passed')), false, '1 passed, 1 failed'],
  ['no test at all', report(), true, '0 passed, 1 failed'],
  ['no report', undefined, false, '0 passed, 1 failed'],
] as const)('%s', (_name, given, ended, line) => {
  expect(closingLine(given, ended).line).toBe(line);
});
