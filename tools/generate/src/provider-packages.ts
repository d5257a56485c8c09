import { glob } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type ProviderPackage, providerPackage } from '@esox/schema/files';

/**
 * All packages under `packages/providers`, by id.
 * @throws Error naming the package whose manifest or schema cannot be used.
 */
export async function providerPackages(repository: string): Promise<ProviderPackage[]> {
  const packages: ProviderPackage[] = [];
  for await (const manifest of glob('packages/providers/*/package.json', { cwd: repository })) {
    packages.push(await providerPackage(join(repository, dirname(manifest))));
  }
  return packages.toSorted((one, other) => (one.id < other.id ? -1 : 1));
}

/**
 * The packages with these ids.
 * @throws Error naming an id that none has.
 */
export function select(packages: readonly ProviderPackage[], ids: readonly string[]): ProviderPackage[] {
  const unknown = ids.filter((id) => !packages.some((provider) => provider.id === id));
  if (unknown.length > 0) {
    const known = packages.map(({ id }) => id).join(', ');
    throw new Error(`no provider is called ${unknown.join(', ')}; there are ${known}`);
  }
  return packages.filter(({ id }) => ids.includes(id));
}
