import { expect, it } from 'vitest';
import { relativeTime } from './relative-time.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

it.each([
  [0, 'now'],
  [-999, 'now'],
  [999, 'now'],
  [-second, '1s ago'],
  [59 * second, 'in 59s'],
  [-60 * second, '1m ago'],
  [-(59 * minute + 59 * second), '59m ago'],
  [hour, 'in 1h'],
  [-23 * hour, '23h ago'],
  [-48 * hour, '2d ago'],
  [400 * 24 * hour, 'in 400d'],
])('%d ms from now is %s', (distance, text) => {
  expect(relativeTime(1_000_000_000 + distance, 1_000_000_000)).toBe(text);
});
