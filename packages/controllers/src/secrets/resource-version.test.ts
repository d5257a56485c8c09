import { expect, it } from 'vitest';
import { isLater, isSetBack } from './resource-version.ts';

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

it.each([
  ['10', '9', true],
  ['9', '10', false],
  ['7', '7', false],
  ['opaque', '7', false],
  ['opaque', 'other', false],
])('a server that tells %s, then %s, was set back: %s', (before, after, setBack) => {
  expect(isSetBack(before, after)).toBe(setBack);
});
