import { glob, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { structural } from '@esox/schema';
import type { ProviderSchema } from '@esox/api/crds';
import { z } from 'zod';

/** A provider package of this repository, with its schema as it stands in its sources. */
export interface ProviderPackage {
  readonly id: string;
  /** Relative to the repository. */
  readonly folder: string;
  readonly config: z.ZodType;
  readonly schema: ProviderSchema;
}

const manifestSchema = z.object({ name: z.string(), esox: z.object({ providers: z.array(z.string()).length(1) }) });

/**
 * All packages under `packages/providers`, by id.
 * @throws Error naming the package whose manifest or schema cannot be used.
 */
export async function providerPackages(repository: string): Promise<ProviderPackage[]> {
  const packages: ProviderPackage[] = [];
  for await (const manifest of glob('packages/providers/*/package.json', { cwd: repository })) {
    packages.push(await load(repository, dirname(manifest)));
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

async function load(repository: string, folder: string): Promise<ProviderPackage> {
  const manifest = manifestSchema.safeParse(
    JSON.parse(await readFile(join(repository, folder, 'package.json'), 'utf8')),
  );
  const id = manifest.data?.esox.providers[0];
  if (id === undefined) throw new Error(`${folder}/package.json must name one provider under esox.providers`);
  const source: { readonly config?: unknown } = await import(
    pathToFileURL(join(repository, folder, 'src/config.ts')).href
  );
  const config = source.config;
  if (!(config instanceof z.ZodType)) throw new Error(`${folder}/src/config.ts must export its zod schema as config`);
  const { description, ...schema } = structural(config);
  if (description === undefined) throw new Error(`${folder}/src/config.ts: config needs a description`);
  return { id, folder, config, schema: { id, description, schema } };
}
