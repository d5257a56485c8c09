#!/usr/bin/env node
import { relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { outdated, writeFiles } from './files-on-disk.ts';
import { providerFiles, providerPackage } from './provider-files.ts';

const help = `Writes what is made from the schema of a provider package: generated/schema.json, generated/example.yaml and the
options table of its README, from the "config" that src/config.ts exports.

  esox-schema [folder] [--check]

  --check   write nothing; fail when a file is out of date
  --help    this text

Exit codes: 0 all is up to date, 1 a file is out of date (--check) or the package cannot be used.
`;

async function main(): Promise<void> {
  const options = { check: { type: 'boolean' }, help: { type: 'boolean' } } as const;
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  if (values.help) return void process.stdout.write(help);
  const files = await outdated(await providerFiles(await providerPackage(resolve(positionals[0] ?? '.'))));
  const paths = files.map(({ path }) => `${relative(process.cwd(), path)}\n`).join('');
  if (!values.check) {
    await writeFiles(files);
    process.stdout.write(paths);
  } else if (files.length > 0) {
    process.stderr.write(`Out of date; esox-schema writes them anew:\n${paths}`);
    process.exitCode = 1;
  }
}

try {
  await main();
} catch (error) {
  process.stderr.write(`esox-schema: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
