import { join } from 'node:path';
import { EXTERNAL_SECRETS_API_VERSION } from '@esox/api';
import { exampleOf, optionsTable } from '@esox/schema';
import { stringify } from 'yaml';
import { between } from './marked-section.ts';
import type { ProviderPackage } from './provider-packages.ts';
import { readIfPresent } from './read-if-present.ts';
import { referencePages } from './reference-pages.ts';

export interface GeneratedFile {
  /** Relative to the repository. */
  readonly path: string;
  readonly text: string;
}

/** Everything that is made from the schemas, as it should stand on disk. */
export async function generatedFiles(
  repository: string,
  packages: readonly ProviderPackage[],
): Promise<GeneratedFile[]> {
  const files = await Promise.all(packages.map((provider) => filesOf(repository, provider)));
  return [...files.flat(), ...referencePages()];
}

async function filesOf(repository: string, provider: ProviderPackage): Promise<GeneratedFile[]> {
  const readme = `${provider.folder}/README.md`;
  const before = (await readIfPresent(join(repository, readme))) ?? '';
  return [
    { path: `${provider.folder}/generated/schema.json`, text: `${JSON.stringify(provider.schema, undefined, 2)}\n` },
    { path: `${provider.folder}/generated/example.yaml`, text: stringify(exampleStore(provider)) },
    { path: readme, text: between(before, 'options', optionsTable(provider.config), readme) },
  ];
}

function exampleStore({ id, config }: ProviderPackage): object {
  return {
    apiVersion: EXTERNAL_SECRETS_API_VERSION,
    kind: 'SecretStore',
    metadata: { name: id },
    spec: { provider: { [id]: exampleOf(config) } },
  };
}
