import { expect, test } from 'vitest';
import { matchName } from './match-name.ts';

test.each([
  ['app', 'my-app-1', true],
  ['^app$', 'my-app-1', false],
  ['\\Aapp\\z', 'app', true],
  ['(?P<stage>dev|prod)/', 'team/prod/app', true],
  ['[[:alpha:]]+', '1234', false],
  ['(?i)APP', 'app', true],
  ['', 'anything', true],
])('%s on %s', (regexp, name, expected) => {
  expect(matchName(regexp)(name)).toBe(expected);
});

test('what RE2 does not know is refused with the pattern', () => {
  for (const regexp of ['(?=a)', '(a)\\1', '[', '(']) {
    expect(() => matchName(regexp)).toThrow(expect.objectContaining({ code: 'invalid-ref' }));
    expect(() => matchName(regexp)).toThrow(regexp);
  }
});

test('a pattern cannot stop the process', () => {
  expect(matchName('^(a+)+$')(`${'a'.repeat(5000)}!`)).toBe(false);
});
