import { expect, it } from 'vitest';
import { findings } from '../repository.fixture.ts';

const lines = (count: number) => '// line\n'.repeat(count);

it.each(['ts', 'js', 'go', 'sh'])('a .%s file of 300 lines is the longest', (extension) => {
  const file = `docs/long.${extension}`;
  expect(findings({ [file]: lines(300) })).toEqual([]);
  expect(findings({ [file]: lines(301) })).toEqual([
    `${file}:301 size: has 301 lines, at most 300 are allowed: split it`,
  ]);
});

it('AGENTS.md has 150 lines at most', () => {
  expect(findings({ 'AGENTS.md': lines(150) })).toEqual([]);
  expect(findings({ 'AGENTS.md': lines(151) })).toEqual([
    'AGENTS.md:151 size: has 151 lines, at most 150 are allowed: split it',
  ]);
});

it.each(['docs/page.md', 'docs/fixtures/long.ts', 'docs/generated/long.ts'])('%s may be longer', (file) => {
  expect(findings({ [file]: lines(301) })).toEqual([]);
});
