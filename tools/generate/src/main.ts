import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { type GeneratedFile, generatedFiles } from './generated-files.ts';
import { readIfPresent } from './read-if-present.ts';
import { providerPackages } from './provider-packages.ts';

const HELP = `Writes what is made from the schemas: generated/ and the options table of each provider, and docs/reference.

  --check  write nothing; fail when a file is out of date
`;

const repository = join(import.meta.dirname, '../../..');

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { check: { type: 'boolean' }, help: { type: 'boolean' } } });
  if (values.help) return void process.stdout.write(HELP);
  const files = await generatedFiles(repository, await providerPackages(repository));
  const outdated = await outdatedFiles(files);
  if (!values.check) {
    for (const file of outdated) await write(file);
  } else if (outdated.length > 0) {
    const paths = outdated.map(({ path }) => `  ${path}\n`).join('');
    process.stderr.write(`Out of date; npm run generate writes them anew:\n${paths}`);
    process.exitCode = 1;
  }
}

async function outdatedFiles(files: readonly GeneratedFile[]): Promise<GeneratedFile[]> {
  const checked = await Promise.all(files.map(async (file) => ({ file, current: (await onDisk(file)) === file.text })));
  return checked.filter(({ current }) => !current).map(({ file }) => file);
}

const onDisk = ({ path }: GeneratedFile): Promise<string | undefined> => readIfPresent(join(repository, path));

async function write({ path, text }: GeneratedFile): Promise<void> {
  await mkdir(dirname(join(repository, path)), { recursive: true });
  await writeFile(join(repository, path), text);
  process.stdout.write(`${path}\n`);
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
