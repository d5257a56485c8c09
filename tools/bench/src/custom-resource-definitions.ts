import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { UsageError } from './arguments.ts';
import { repository } from './repository.ts';

interface Definition {
  kind?: unknown;
}

/** From a file of JSON or YAML documents, or those of the repository. */
export async function customResourceDefinitions(file: string | undefined): Promise<object[]> {
  return parseDefinitions(file === undefined ? await ownDefinitions() : await read(file));
}

/** The CustomResourceDefinitions of a text: a JSON array, one JSON object or YAML documents, `List`s not taken apart. */
export function parseDefinitions(text: string): object[] {
  const documents: unknown[] = /^\s*[[{]/.test(text) ? [JSON.parse(text)].flat() : yamlDocuments(text);
  const definitions = documents.filter(isDefinition);
  if (definitions.length === 0) throw new UsageError('there is no CustomResourceDefinition in the file of --crds');
  return definitions;
}

function yamlDocuments(text: string): unknown[] {
  return parseAllDocuments(text).map((document): unknown => document.toJS());
}

function isDefinition(document: unknown): document is object {
  return typeof document === 'object' && (document as Definition | null)?.kind === 'CustomResourceDefinition';
}

async function ownDefinitions(): Promise<string> {
  const options = { cwd: repository, maxBuffer: 64 * 1024 * 1024 };
  const { stdout } = await promisify(execFile)('npm', ['run', '-s', 'crds', '--', '--output', 'json'], options);
  return stdout;
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new UsageError(`the file of --crds cannot be read: ${file}`, { cause: error });
  }
}
