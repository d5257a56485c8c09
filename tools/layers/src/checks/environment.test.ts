import { expect, it } from 'vitest';
import { findings } from '../repository.fixture.ts';

const read = '\nconst home = process.env.HOME;\n';
const text = 'process.env is read here: make it a setting in apps/<app>/src/settings and pass the value on';
const environment = (file: string) =>
  findings({
    'apps/new/package.json': { name: '@esox/new' },
    'tools/new/package.json': { name: '@esox/new-tool' },
    [file]: read,
  }).filter((line) => line.includes(' environment: '));

it.each(['packages/base/src/contract/index.ts', 'apps/new/src/wiring.ts', 'apps/new/src/deep/main.ts'])(
  'the environment is not read in %s',
  (file) => {
    expect(environment(file)).toEqual([`${file}:2 environment: ${text}`]);
  },
);

it.each([
  'apps/new/src/main.ts',
  'apps/new/src/settings/flags.ts',
  'tools/new/src/any.ts',
  'packages/base/src/contract/index.test.ts',
  'packages/base/src/contract/process.fixture.ts',
])('it is in %s', (file) => {
  expect(environment(file)).toEqual([]);
});
