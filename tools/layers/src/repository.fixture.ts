import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { check } from './check.ts';
import { lineOf } from './finding.ts';
import type { Layers } from './layers.ts';

/** Contents by path; an object becomes JSON, undefined takes the file away. */
export type Files = Readonly<Record<string, string | object | undefined>>;

export const layers: Layers = {
  base: { imports: [] },
  'base/engine': { imports: ['base'] },
  upper: { imports: ['base'], tests: ['base/engine'] },
};

export const PAGE = `# Plan

## Imports

| entry point | may import | in tests |
|---|---|---|
| \`base\` | nothing | |
| \`base/engine\` | \`base\` | |
| \`upper\` | \`base\` | \`base/engine\` |

## Dependencies

| package | where | why |
|---|---|---|
| \`vitest\` | development | tests |
| \`zod\` | upper | schemas |
`;

export const BASE = {
  name: '@esox/base',
  exports: {
    '.': { 'esox-source': './src/contract/index.ts', default: './dist/contract/index.js' },
    './engine': { 'esox-source': './src/engine/index.ts', default: './dist/engine/index.js' },
    './package.json': './package.json',
  },
};

export const UPPER = {
  name: '@esox/upper',
  exports: { '.': { 'esox-source': './src/index.ts', default: './dist/index.js' } },
  dependencies: { '@esox/base': '0.1.0', zod: '4.0.0' },
};

const clean: Files = {
  'package.json': { workspaces: ['packages/*', 'apps/*', 'tools/*'], devDependencies: { vitest: '5.0.0' } },
  'ARCHITECTURE.md': PAGE,
  'AGENTS.md': '# Working\n',
  'packages/base/package.json': BASE,
  'packages/base/src/contract/index.ts': 'export const contract = 1;\n',
  'packages/base/src/engine/index.ts': "export { contract } from '../contract/index.ts';\n",
  'packages/upper/package.json': UPPER,
  'packages/upper/src/index.ts': "import { contract } from '@esox/base';\nimport { z } from 'zod';\n",
  'packages/upper/src/index.test.ts': "import { test } from 'vitest';\nimport { contract } from '@esox/base/engine';\n",
};

export function write(files: Files): string {
  const folder = mkdtempSync(join(tmpdir(), 'esox-layers-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [path, content] of Object.entries(files)) {
    if (content === undefined) continue;
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), typeof content === 'string' ? content : JSON.stringify(content, undefined, 2));
  }
  return folder;
}

/** What is found in a small repository that is clean but for these changes. */
export function findings(changes: Files, table: Layers = layers): readonly string[] {
  return check(write({ ...clean, ...changes }), table).map(lineOf);
}
