import { expect, it } from 'vitest';
import { describeProblems } from './failures.ts';

const problems = (count: number) =>
  Array.from({ length: count }, (_unused, index) => ({ path: `spec.data[${index}]`, message: 'must be an object' }));

it('names what is wrong with an object, field by field', () => {
  expect(describeProblems(problems(2))).toBe('spec.data[0]: must be an object; spec.data[1]: must be an object');
});

it('names the first of many only: the whole list might not fit into a status', () => {
  const text = describeProblems(problems(100_000));
  expect(text).toContain('spec.data[0]: must be an object');
  expect(text).toMatch(/; and 99995 more$/);
  expect(text.length).toBeLessThan(1024);
});

it('cuts off what a single field may say and where it may stand', () => {
  const text = describeProblems([{ path: `spec.${'x'.repeat(100_000)}`, message: 'must be an object' }]);
  expect(text).toMatch(/^spec\.x+….*must be an object$/);
  expect(text.length).toBeLessThan(1024);
});
