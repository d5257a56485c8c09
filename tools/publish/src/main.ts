import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { publishedManifest } from './published-manifest.ts';

// Run on a checkout that is thrown away afterwards: it changes the manifests in place.
const root = join(import.meta.dirname, '../../..');
for (const file of globSync(['packages/*/package.json', 'packages/providers/*/package.json', 'apps/*/package.json'], {
  cwd: root,
})) {
  const path = join(root, file);
  writeFileSync(path, publishedManifest(readFileSync(path, 'utf8')));
  console.log(file);
}
