import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { stringify } from 'yaml';
import { z } from 'zod';
import { exampleOf } from '../example.ts';
import type { JsonSchema } from '../json-schema.ts';
import { between } from './marked-section.ts';
import { optionsTable } from '../options-table.ts';
import { structural } from '../structural.ts';

/** What a provider package's configuration looks like: the content of its `generated/schema.json`. */
export interface ProviderSchema {
  readonly id: string;
  readonly description: string;
  readonly schema: JsonSchema;
}

/** A provider package, with its schema as it stands in its sources. */
export interface ProviderPackage {
  readonly id: string;
  readonly folder: string;
  readonly config: z.ZodType;
  readonly schema: ProviderSchema;
}

export interface GeneratedFile {
  readonly path: string;
  readonly text: string;
}

const manifestSchema = z.object({ esox: z.object({ providers: z.array(z.string()).length(1) }) });

/**
 * The provider package in a folder, by its `package.json` and `src/config.ts` (or `config.js`).
 * @throws Error naming the package whose manifest or schema cannot be used.
 */
export async function providerPackage(folder: string): Promise<ProviderPackage> {
  const manifest = manifestSchema.safeParse(JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')));
  const id = manifest.data?.esox.providers[0];
  if (id === undefined) throw new Error(`${folder}/package.json must name one provider under esox.providers`);
  const file = join(folder, 'src/config.ts');
  const source: { readonly config?: unknown } = await import(pathToFileURL(file).href);
  const config = source.config;
  if (!(config instanceof z.ZodType)) throw new Error(`${file} must export its zod schema as config`);
  const { description, ...schema } = structural(config);
  if (description === undefined) throw new Error(`${file}: config needs a description`);
  return { id, folder, config, schema: { id, description, schema } };
}

/** What is made from the schema of a package, as it should stand on disk. */
export async function providerFiles(provider: ProviderPackage): Promise<GeneratedFile[]> {
  const { folder, schema, config } = provider;
  const readme = join(folder, 'README.md');
  const before = await readFile(readme, 'utf8');
  return [
    { path: join(folder, 'generated/schema.json'), text: `${JSON.stringify(schema, undefined, 2)}\n` },
    { path: join(folder, 'generated/example.yaml'), text: stringify(exampleStore(provider)) },
    { path: readme, text: between(before, 'options', optionsTable(config), readme) },
  ];
}

function exampleStore({ id, config }: ProviderPackage): object {
  return {
    apiVersion: 'external-secrets.io/v1',
    kind: 'SecretStore',
    // Names in Kubernetes have no capitals.
    metadata: { name: id.toLowerCase() },
    spec: { provider: { [id]: exampleOf(config) } },
  };
}
