import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { outdated, writeFiles } from '@esox/schema/files';
import { generatedFiles } from './generated-files.ts';
import { providerPackages } from './provider-packages.ts';

const HELP = `Writes what is made from the schemas: generated/ and the options table of each provider, and docs/reference.

  --check  write nothing; fail when a file is out of date
`;

const repository = join(import.meta.dirname, '../../..');

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { check: { type: 'boolean' }, help: { type: 'boolean' } } });
  if (values.help) return void process.stdout.write(HELP);
  const files = await outdated(await generatedFiles(repository, await providerPackages(repository)));
  const paths = files.map(({ path }) => `${relative(repository, path)}\n`).join('');
  if (!values.check) {
    await writeFiles(files);
    process.stdout.write(paths);
  } else if (files.length > 0) {
    process.stderr.write(`Out of date; npm run generate writes them anew:\n${paths}`);
    process.exitCode = 1;
  }
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
