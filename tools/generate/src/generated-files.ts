import { join } from 'node:path';
import { type GeneratedFile, providerFiles, type ProviderPackage } from '@esox/schema/files';
import { referencePages } from './reference-pages.ts';

/** Everything that is made from the schemas, as it should stand on disk. */
export async function generatedFiles(
  repository: string,
  packages: readonly ProviderPackage[],
): Promise<GeneratedFile[]> {
  const files = await Promise.all(packages.map(providerFiles));
  const pages = referencePages().map(({ path, text }) => ({ path: join(repository, path), text }));
  return [...files.flat(), ...pages];
}
