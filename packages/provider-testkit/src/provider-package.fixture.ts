import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

export const goodPackageJson = {
  name: 'provider-http',
  version: '1.0.0',
  type: 'module',
  exports: { '.': './index.js' },
  peerDependencies: { '@esox/core': '^0.1.0' },
  esox: { spec: 'v1', providers: ['http'], schema: './generated/schema.json', stability: 'beta' },
};

export const goodFiles: Readonly<Record<string, string>> = {
  'index.js': 'export default {};',
  'generated/schema.json': JSON.stringify({
    id: 'http',
    description: 'A test server.',
    schema: { type: 'object', properties: { url: { type: 'string' } }, required: ['url'] },
  }),
  'generated/example.yaml': 'kind: SecretStore\nspec:\n  provider:\n    http:\n      url: http://127.0.0.1\n',
};

export interface ProviderPackage extends AsyncDisposable {
  /** URL of its package.json. */
  readonly packageJson: URL;
}

/** A package folder with the good files, some of them replaced. */
export async function providerPackage(
  packageJson: object = goodPackageJson,
  files: Readonly<Record<string, string>> = {},
): Promise<ProviderPackage> {
  const folder = await mkdtemp(join(tmpdir(), 'esox-package-'));
  const all = { ...goodFiles, ...files, 'package.json': JSON.stringify(packageJson) };
  for (const [path, text] of Object.entries(all)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  return {
    packageJson: pathToFileURL(join(folder, 'package.json')),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}
