import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { crds, policies, type ProviderSchema } from '@esox/api/crds';
import { stringify } from 'yaml';
import { z } from 'zod';
import { providerPackages, select } from './provider-packages.ts';

const HELP = `Prints the CustomResourceDefinitions, with the providers of this repository.

  --providers <ids>      only these, separated by commas
  --schema <file>        also the provider of this generated/schema.json; may be given several times
  --policies             also the admission policies that belong to the CRDs
  --output yaml | json   several YAML documents (default), or one JSON array
  --help                 this text
`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      providers: { type: 'string' },
      schema: { type: 'string', multiple: true, default: [] },
      policies: { type: 'boolean', default: false },
      output: { type: 'string', default: 'yaml' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return void process.stdout.write(HELP);
  const all = await providerPackages(join(import.meta.dirname, '../../..'));
  const chosen = values.providers === undefined ? all : select(all, values.providers.split(','));
  const schemas = [...chosen.map(({ schema }) => schema), ...(await Promise.all(values.schema.map(schemaIn)))];
  const objects = [...crds(schemas), ...(values.policies ? policies() : [])];
  process.stdout.write(render(objects, values.output));
}

const schemaFile = z.object({ id: z.string(), description: z.string(), schema: z.record(z.string(), z.unknown()) });

async function schemaIn(file: string): Promise<ProviderSchema> {
  const parsed = schemaFile.safeParse(JSON.parse(await readFile(file, 'utf8')));
  if (!parsed.success) throw new Error(`${file} is not what a provider package has in generated/schema.json`);
  return parsed.data;
}

function render(objects: readonly object[], output: string): string {
  if (output === 'json') return `${JSON.stringify(objects, undefined, 2)}\n`;
  if (output === 'yaml') return objects.map((object) => `---\n${yaml(object)}`).join('');
  throw new Error(`--output must be yaml or json`);
}

/** Without anchors and folded lines, which not every reader of manifests takes. */
function yaml(object: object): string {
  return stringify(object, { aliasDuplicateObjects: false, lineWidth: 0 });
}

// A reader such as `head` that has seen enough is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
