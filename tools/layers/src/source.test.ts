import { expect, it } from 'vitest';
import { readSource } from './source.ts';

const specifiers = (text: string) => readSource('a.ts', text).imports.map(({ specifier }) => specifier);

it.each([
  ["import a from 'x';"],
  ["import 'x';"],
  ["import type { A } from 'x';"],
  ["export * from 'x';"],
  ["export { a } from 'x';"],
  ["export type { A } from 'x';"],
  ["const a = await import('x');"],
  ["let a: typeof import('x');"],
  ["let a: import('x').A<string>;"],
  ["require('x');"],
  ["const a = require.resolve('x');"],
  ["import.meta.resolve('x');"],
])('%s is an import', (text) => {
  expect(specifiers(text)).toEqual(['x']);
});

it.each([
  ["// import a from 'x';"],
  ['const text = "import a from \'x\';";'],
  ["const text = `import('x')`;"],
  ['await import(name);'],
  ["path.resolve('x');"],
])('%s is none', (text) => {
  expect(specifiers(text)).toEqual([]);
});

it('names the line', () => {
  const { imports } = readSource('a.ts', "// é\n\nimport {\n  a,\n} from 'x';\nimport 'y';\n");
  expect(imports).toEqual([
    { specifier: 'x', line: 5 },
    { specifier: 'y', line: 6 },
  ]);
});

it.each([
  ['process.env.HOME;'],
  ["process['env'];"],
  ['globalThis.process.env;'],
  ['const { env } = process;'],
  ["import { env } from 'node:process';"],
  ["import { env as environment } from 'process';"],
])('%s reads the environment', (text) => {
  expect(readSource('a.ts', `\n${text}`).environment).toEqual([2]);
});

it.each([
  ['// process.env'],
  ["const text = 'process.env';"],
  ['process.argv;'],
  ['options.env;'],
  ['const { argv } = process;'],
  ['const { env } = options;'],
  ['let a: NodeJS.ProcessEnv;'],
  ["import { argv } from 'node:process';"],
])('%s does not', (text) => {
  expect(readSource('a.ts', text).environment).toEqual([]);
});
