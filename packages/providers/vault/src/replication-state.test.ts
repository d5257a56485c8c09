import { expect, test } from 'vitest';
import { laterState } from './replication-state.ts';

const state = (cluster: string, local: string, replicated: string): string =>
  Buffer.from(`v1:${cluster}:${local}:${replicated}:00ff`).toString('base64');

const known = state('a', '10', '5');

test.each([
  ['nothing answered', undefined, 'known'],
  ['the same', state('a', '10', '5'), 'known'],
  ['an older local index', state('a', '9', '5'), 'known'],
  ['an older replicated index', state('a', '10', '4'), 'known'],
  ['a newer local index', state('a', '11', '5'), 'answered'],
  ['a newer replicated index, by number and not by text', state('a', '10', '15'), 'answered'],
  ['indexes that no number of JavaScript holds', state('a', '9007199254740993', '9007199254740993'), 'answered'],
  ['newer in one, older in the other', state('a', '11', '4'), 'answered'],
  ['another cluster', state('b', '1', '1'), 'answered'],
  ['something else', 'state-1', 'answered'],
])('%s', (_, answered, wanted) => {
  expect(laterState(known, answered)).toBe(wanted === 'known' ? known : answered);
});

test('the first state is kept', () => {
  expect(laterState(undefined, undefined)).toBeUndefined();
  expect(laterState(undefined, known)).toBe(known);
  expect(laterState('state-1', known)).toBe(known);
});
