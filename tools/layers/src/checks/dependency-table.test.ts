import { expect, it } from 'vitest';
import { findings, PAGE, UPPER } from '../repository.fixture.ts';

it('a dependency without a row', () => {
  expect(findings({ 'ARCHITECTURE.md': PAGE.replace('| `zod` | upper | schemas |', '') })).toEqual([
    'packages/upper/src/index.ts:2 dependency-table: `zod` in upper has no row in ARCHITECTURE.md, "Dependencies": add it with its reason',
  ]);
});

it('a dependency in a place that its row does not name, told once', () => {
  const changes = {
    'ARCHITECTURE.md': PAGE.replace('| upper |', '| development |'),
    'packages/upper/src/more.ts': "import 'zod';\n",
  };
  expect(findings(changes)).toEqual([
    'packages/upper/src/index.ts:2 dependency-table: `zod` in upper has no row in ARCHITECTURE.md, "Dependencies": add it with its reason',
    'ARCHITECTURE.md:16 dependency-table: `zod` is not used in development: remove that from the row',
  ]);
});

it('a development dependency without a row', () => {
  const manifest = { workspaces: ['packages/*'], devDependencies: { vitest: '5.0.0', nx: '24.0.0' } };
  expect(findings({ 'package.json': manifest })).toEqual([
    'package.json:7 dependency-table: `nx` in development has no row in ARCHITECTURE.md, "Dependencies": add it with its reason',
  ]);
});

it('a row whose dependency is gone', () => {
  expect(findings({ 'ARCHITECTURE.md': `${PAGE}| \`undici\`, \`pino\` | upper | |\n` })).toEqual([
    'ARCHITECTURE.md:17 dependency-table: `undici` is not used in upper: remove that from the row',
    'ARCHITECTURE.md:17 dependency-table: `pino` is not used in upper: remove that from the row',
  ]);
});

it('tests may use what their package uses, and a row may name a folder of packages', () => {
  const page = PAGE.replace('| `zod` | upper |', '| `zod` | upper, apps |').replace(
    '| `upper`',
    '| `apps/*` | | |\n| `upper`',
  );
  const changes = {
    'ARCHITECTURE.md': page,
    'packages/upper/src/more.test.ts': "import 'zod';\n",
    'apps/new/package.json': { name: '@esox/new', dependencies: { zod: UPPER.dependencies.zod } },
    'apps/new/src/main.ts': "import 'zod';\n",
  };
  const table = {
    base: { imports: [] },
    'base/engine': { imports: ['base'] },
    'apps/*': { imports: [] },
    upper: { imports: ['base'], tests: ['base/engine'] },
  };
  expect(findings(changes, table)).toEqual([]);
});
