import { expect, it } from 'vitest';
import { findings, layers, PAGE, UPPER } from '../repository.fixture.ts';

const more = 'packages/upper/src/more.ts';
const row = (where: string) => `${PAGE}| \`undici\` | ${where} | HTTP |\n`;

it('what is imported is declared', () => {
  expect(findings({ [more]: "\nimport 'undici/lib/pool.js';\n", 'ARCHITECTURE.md': row('upper') })).toEqual([
    `${more}:2 dependency: "undici" is imported but not declared: add it to the dependencies of packages/upper/package.json`,
  ]);
});

it('a package of ours, too', () => {
  expect(findings({ 'packages/upper/package.json': { ...UPPER, dependencies: { zod: '4.0.0' } } })).toEqual([
    'packages/upper/src/index.test.ts:2 dependency: "@esox/base" is imported but not declared: add it to the devDependencies of packages/upper/package.json',
  ]);
});

it('what is imported at run time is not a development dependency', () => {
  const manifest = { ...UPPER, devDependencies: { undici: '8.0.0' } };
  const page = row('upper, development');
  expect(
    findings({ [more]: "import 'undici';\n", 'packages/upper/package.json': manifest, 'ARCHITECTURE.md': page }),
  ).toEqual([
    `${more}:1 dependency: "undici" is imported but not declared: add it to the dependencies of packages/upper/package.json`,
  ]);
});

it.each(['dependencies', 'peerDependencies'])('%s are for run time', (part) => {
  const manifest = { ...UPPER, [part]: { ...(part === 'dependencies' ? UPPER.dependencies : {}), undici: '8.0.0' } };
  const page = row('upper');
  expect(
    findings({ [more]: "import 'undici';\n", 'packages/upper/package.json': manifest, 'ARCHITECTURE.md': page }),
  ).toEqual([]);
});

it("the root's development dependencies are not for what is published", () => {
  expect(
    findings({ [more]: "import 'vitest';\n", 'ARCHITECTURE.md': PAGE.replace('development', 'development, upper') }),
  ).toEqual([
    `${more}:1 dependency: "vitest" is imported but not declared: add it to the dependencies of packages/upper/package.json`,
  ]);
});

it("the root's development dependencies are for what is not published", () => {
  const changes = {
    'tools/new/package.json': { name: '@esox/new', private: true },
    'tools/new/src/main.ts': "import 'vitest';\n",
    'ARCHITECTURE.md': PAGE.replace('| `upper`', '| `tools/*` | | |\n| `upper`'),
  };
  expect(findings(changes, { ...layers, 'tools/*': { imports: [] } })).toEqual([]);
});

it('parts of Node need no declaration', () => {
  expect(findings({ [more]: "import 'node:fs';\nimport 'fs/promises';\n" })).toEqual([]);
});

it('what is declared is imported', () => {
  const manifest = { ...UPPER, dependencies: { ...UPPER.dependencies, undici: '8.0.0' } };
  expect(findings({ 'packages/upper/package.json': manifest })).toEqual([
    'packages/upper/package.json:12 dependency: "undici" is declared but never imported: remove it',
  ]);
});

it('types are declared where their package is imported', () => {
  const manifest = { ...UPPER, devDependencies: { '@types/zod': '4.0.0', '@types/undici': '8.0.0' } };
  const page = `${PAGE}| \`@types/zod\`, \`@types/undici\` | development | types |\n`;
  expect(findings({ 'packages/upper/package.json': manifest, 'ARCHITECTURE.md': page })).toEqual([
    'packages/upper/package.json:15 dependency: "@types/undici" is declared but never imported: remove it',
  ]);
});

it('what only tests import is a development dependency', () => {
  const manifest = { ...UPPER, dependencies: { ...UPPER.dependencies, undici: '8.0.0' } };
  const page = row('development');
  const test = "import 'undici';\n";
  expect(
    findings({
      'packages/upper/src/more.test.ts': test,
      'packages/upper/package.json': manifest,
      'ARCHITECTURE.md': page,
    }),
  ).toEqual([
    'packages/upper/package.json:12 dependency: "undici" is imported by tests only: move it to devDependencies',
  ]);
});
