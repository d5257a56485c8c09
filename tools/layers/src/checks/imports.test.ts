import { expect, it } from 'vitest';
import { BASE, findings, UPPER } from '../repository.fixture.ts';

const todo = 'move the code to where it may be imported, or change the table in tools/layers/src/layers.ts';

it.each([
  ['a type', "import type { A } from '@esox/base/engine';"],
  ['a re-export', "export * from '@esox/base/engine';"],
  ['a dynamic import', "await import('@esox/base/engine');"],
])('%s of a layer that the table does not allow', (_name, statement) => {
  expect(findings({ 'packages/upper/src/more.ts': `\n${statement}\n` })).toEqual([
    `packages/upper/src/more.ts:2 import: "@esox/base/engine" leads to \`base/engine\`, which \`upper\` may not import: ${todo}`,
  ]);
});

it('a fixture may import what a test may', () => {
  expect(findings({ 'packages/upper/src/more.fixture.ts': "import '@esox/base/engine';\n" })).toEqual([]);
});

it('a test may not import everything', () => {
  const changes = {
    'packages/base/package.json': { ...BASE, devDependencies: { '@esox/upper': '0.1.0' } },
    'packages/upper/package.json': { ...UPPER, dependencies: { zod: '4.0.0' } },
    'packages/upper/src/index.ts': "import { z } from 'zod';\n",
    'packages/upper/src/index.test.ts': '',
    'packages/base/src/engine/index.test.ts': "import '@esox/upper';\n",
  };
  expect(findings(changes)).toEqual([
    `packages/base/src/engine/index.test.ts:1 import: "@esox/upper" leads to \`upper\`, which the tests of \`base/engine\` may not import: ${todo}`,
  ]);
});

it('areas of one package are layers, too', () => {
  expect(findings({ 'packages/base/src/contract/more.ts': "import '../engine/index.ts';\n" })).toEqual([
    `packages/base/src/contract/more.ts:1 import: "../engine/index.ts" leads to \`base/engine\`, which \`base\` may not import: ${todo}`,
  ]);
});

it('a file in a folder of an area belongs to it', () => {
  expect(findings({ 'packages/base/src/engine/deep/more.ts': "import '../index.ts';\n" })).toEqual([]);
});

it('a path into another package', () => {
  expect(findings({ 'packages/upper/src/more.ts': "import '../../base/src/contract/index.ts';\n" })).toEqual([
    'packages/upper/src/more.ts:1 boundary: "../../base/src/contract/index.ts" leaves the package: import the other package by its name',
  ]);
});

it('a file of another package by the name of the package', () => {
  expect(findings({ 'packages/upper/src/more.ts': "import '@esox/base/src/contract/index.ts';\n" })).toEqual([
    'packages/upper/src/more.ts:1 boundary: "@esox/base/src/contract/index.ts" is no entry point of the package: import one of ".", "./engine"',
  ]);
});

it('the package.json of another package', () => {
  expect(findings({ 'packages/upper/src/more.ts': "import '@esox/base/package.json';\n" })).toEqual([]);
});
