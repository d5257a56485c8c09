import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { publishedManifest } from './published-manifest.ts';

it('leaves the way to the sources out, and everything else in', () => {
  const text = readFileSync(join(import.meta.dirname, '../../../packages/core/package.json'), 'utf8');
  const published = publishedManifest(text);
  expect(text).toContain('esox-source');
  expect(published).not.toContain('src/');
  const { exports, dependencies, version } = JSON.parse(published) as Record<string, unknown>;
  expect(exports).toMatchObject({ '.': { types: './dist/provider/index.d.ts', default: './dist/provider/index.js' } });
  expect({ dependencies, version }).toEqual({
    dependencies: (JSON.parse(text) as Record<string, unknown>)['dependencies'],
    version: (JSON.parse(text) as Record<string, unknown>)['version'],
  });
});
