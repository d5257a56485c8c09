import { expect, it } from 'vitest';
import { findings } from '../repository.fixture.ts';

it.each(['camelCase.ts', 'snake_case.ts', 'Upper.md', 'two--hyphens.ts', '-hyphen.ts'])('%s is no name', (name) => {
  expect(findings({ [`docs/${name}`]: '' })).toEqual([
    `docs/${name}:1 name: "${name}" is not in kebab-case: rename it`,
  ]);
});

it.each(['kebab-case.ts', 'plan.live.test.ts', '0001-first.md', 'README.md', 'LICENSE', 'go.mod', 'x509.ts'])(
  '%s is one',
  (name) => {
    expect(findings({ [`docs/${name}`]: '' })).toEqual([]);
  },
);

it.each(['utils.ts', 'helpers.test.ts', 'common.md', 'types.ts'])('%s says nothing', (name) => {
  expect(findings({ [`docs/${name}`]: '' })).toEqual([
    `docs/${name}:1 name: "${name}" says nothing: name it after what is in it`,
  ]);
});

it('a word more says something', () => {
  expect(findings({ 'docs/resource-types.ts': '' })).toEqual([]);
});

it('a folder is told once', () => {
  expect(findings({ 'docs/utils/a.ts': '', 'docs/utils/b.ts': '', 'docs/Big/a.ts': '' })).toEqual([
    'docs/Big:1 name: "Big" is not in kebab-case: rename it',
    'docs/utils:1 name: "utils" says nothing: name it after what is in it',
  ]);
});
