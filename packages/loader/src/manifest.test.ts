import { expect, test } from 'vitest';
import { importConditions } from './conditions.ts';
import { parseManifest } from './manifest.ts';

const good = {
  name: '@esox/provider-vault',
  version: '1.3.0',
  exports: { '.': { 'esox-source': './src/index.ts', types: './dist/index.d.ts', default: './dist/index.js' } },
  peerDependencies: { '@esox/core': '^1.2.0' },
  esox: {
    spec: 'v1',
    providers: ['vault'],
    generators: ['VaultDynamicSecret'],
    schema: './generated/schema.json',
    stability: 'stable',
  },
};
const conditions = importConditions([]);

test('reads what a plugin says about itself', () => {
  expect(parseManifest(good, conditions)).toEqual({
    manifest: {
      name: '@esox/provider-vault',
      version: '1.3.0',
      spec: 'v1',
      providers: ['vault'],
      generators: ['VaultDynamicSecret'],
      schema: './generated/schema.json',
      stability: 'stable',
      coreRange: '^1.2.0',
      entry: './dist/index.js',
    },
  });
});

const { esox } = good;
test.each([
  ['no object', 7, 'no object "esox"'],
  ['no esox', { ...good, esox: undefined }, 'no object "esox"'],
  ['no name', { ...good, name: undefined }, 'no name'],
  ['no version', { ...good, version: 'one' }, 'semantic version'],
  ['no spec', { ...good, esox: { ...esox, spec: 1 } }, '"spec"'],
  ['a text for providers', { ...good, esox: { ...esox, providers: 'vault' } }, 'provider ids'],
  ['an id that is no field name', { ...good, esox: { ...esox, providers: ['Vault!'] } }, 'provider ids'],
  ['a generator that is no kind', { ...good, esox: { ...esox, generators: ['password'] } }, 'kinds'],
  ['nothing to bring', { ...good, esox: { ...esox, providers: [], generators: [] } }, 'no provider and no generator'],
  ['an absolute schema', { ...good, esox: { ...esox, schema: '/etc/passwd' } }, '"schema"'],
  ['an unknown stability', { ...good, esox: { ...esox, stability: 'great' } }, '"stability"'],
  ['a range that is none', { ...good, peerDependencies: { '@esox/core': 'newest' } }, 'range of @esox/core'],
  ['no entry', { ...good, exports: { './other': './x.js' } }, '"exports"'],
  ['only an entry for require', { ...good, exports: { require: './x.cjs' } }, '"exports"'],
])('a manifest with %s does not hold', (_, packageJson, problem) => {
  expect(parseManifest(packageJson, conditions)).toEqual({ problem: expect.stringContaining(problem) });
});

test.each([
  ['./a.js', './a.js'],
  [{ import: './a.js', default: './b.js' }, './a.js'],
  [{ '.': ['not-relative', './b.js'] }, './b.js'],
  [{ '.': { node: { require: './c.cjs', import: './c.js' }, default: './d.js' } }, './c.js'],
  [{ '.': { browser: './e.js', default: './f.js' } }, './f.js'],
])('the exports %j lead to %s', (exports, entry) => {
  expect(parseManifest({ ...good, exports }, conditions)).toMatchObject({ manifest: { entry } });
});

test('without exports it is main, and index.js without that', () => {
  const bare = { ...good, exports: undefined };
  expect(parseManifest({ ...bare, main: 'lib/main.js' }, conditions)).toMatchObject({
    manifest: { entry: 'lib/main.js' },
  });
  expect(parseManifest(bare, conditions)).toMatchObject({ manifest: { entry: './index.js' } });
});

test.each([[['--conditions=esox-source']], [['--conditions', 'esox-source']], [['-C', 'esox-source']]])(
  'the conditions of %j hold, too',
  (execArgv) => {
    expect(parseManifest(good, importConditions(execArgv))).toMatchObject({ manifest: { entry: './src/index.ts' } });
  },
);
