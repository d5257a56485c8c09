import { expect, it } from 'vitest';
import { isLater } from './resource-version.ts';

it.each([
  ['10', '9', true],
  ['9', '10', false],
  ['1000', '999', true],
  ['7', '7', false],
  ['18446744073709551616', '9007199254740993', true],
  ['9007199254740993', '9007199254740992', true],
  ['opaque', '7', true],
])('%s is later than %s: %s', (a, b, later) => {
  expect(isLater(a, b)).toBe(later);
});
