import { expect, it } from 'vitest';
import { findings, layers, PAGE } from '../repository.fixture.ts';

it('an entry point without a row', () => {
  expect(findings({ 'apps/new/package.json': { name: '@esox/new' } })).toEqual([
    'apps/new/package.json:1 import-table: `apps/new` has no row in tools/layers/src/layers.ts: add one',
  ]);
});

it('a row for all packages of a folder', () => {
  const page = PAGE.replace('| `upper`', '| `apps/*` | `base` | |\n| `upper`');
  const changes = {
    'apps/new/package.json': { name: '@esox/new', dependencies: { '@esox/base': '0.1.0' } },
    'apps/new/src/main.ts': "import '@esox/base';\n",
    'ARCHITECTURE.md': page,
  };
  expect(findings(changes, { ...layers, 'apps/*': { imports: ['base'] } })).toEqual([]);
});

it('a row that stands for nothing', () => {
  const page = PAGE.replace('| `upper`', '| `gone` | | |\n| `upper`');
  expect(findings({ 'ARCHITECTURE.md': page }, { ...layers, gone: { imports: [] } })).toEqual([
    'tools/layers/src/layers.ts:1 import-table: the row `gone` stands for no entry point: remove it',
  ]);
});

it.each([
  ['other imports', '| `upper` | | `base/engine` |', 9],
  ['other imports in tests', '| `upper` | `base` | |', 9],
  ['no row', '', 1],
])('a page with %s', (_name, row, line) => {
  const page = PAGE.replace('| `upper` | `base` | `base/engine` |', row);
  expect(findings({ 'ARCHITECTURE.md': page })).toEqual([
    `ARCHITECTURE.md:${line} import-table: the row of \`upper\` under "Imports" must be: | \`upper\` | \`base\` | \`base/engine\` |`,
  ]);
});

it('a page with a row too many', () => {
  const page = PAGE.replace('| `upper`', '| `more` | | |\n| `upper`');
  expect(findings({ 'ARCHITECTURE.md': page })).toEqual([
    'ARCHITECTURE.md:9 import-table: `more` under "Imports" has no row in tools/layers/src/layers.ts: remove it',
  ]);
});
