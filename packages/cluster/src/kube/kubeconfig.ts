import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { ClusterError } from '../errors.ts';
import { isRecord, type JsonRecord, parseJson } from './json.ts';

/** The entries that a kubeconfig's context leads to. Paths in them are absolute. */
export interface KubeconfigEntries {
  readonly cluster: JsonRecord;
  readonly user: JsonRecord;
  readonly userName: string;
  readonly namespace: string | undefined;
}

/** Keys whose values are paths, relative to the file that they stand in. */
const PATH_KEYS = [
  'certificate-authority',
  'client-certificate',
  'client-key',
  'tokenFile',
  'idp-certificate-authority',
];

/**
 * Reads kubeconfig files as kubectl does: of several files the first to name an entry wins, and files that are not there
 * are passed over as long as one is.
 */
export async function readKubeconfig(paths: readonly string[], context?: string): Promise<KubeconfigEntries> {
  const documents = (await Promise.all(paths.map(readDocument))).filter((document) => document !== undefined);
  const where = paths.join(', ');
  if (documents.length === 0) throw misconfigured(`kubeconfig ${where}: there is no such file.`);
  const current = context ?? documents.map((document) => text(document, 'current-context')).find((name) => name);
  if (current === undefined) throw misconfigured(`kubeconfig ${where}: no current-context is set.`);
  const lookUp = (list: string, entry: string, name: string | undefined): JsonRecord => {
    const found = documents.map((document) => find(document, list, entry, name)).find((value) => value !== undefined);
    if (found === undefined) throw misconfigured(`kubeconfig ${where}: ${list} has no entry "${name ?? ''}".`);
    return found;
  };
  const chosen = lookUp('contexts', 'context', current);
  const userName = text(chosen, 'user') ?? '';
  return {
    cluster: lookUp('clusters', 'cluster', text(chosen, 'cluster')),
    // A context without a user is anonymous.
    user: userName === '' ? {} : lookUp('users', 'user', userName),
    userName,
    namespace: text(chosen, 'namespace'),
  };
}

export function misconfigured(message: string): ClusterError {
  return new ClusterError('invalid-config', message);
}

/** Undefined when it is not set. */
export function text(record: JsonRecord, key: string): string | undefined {
  const value = record[key];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

async function readDocument(path: string): Promise<JsonRecord | undefined> {
  let content: string;
  try {
    content = await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw misconfigured(`kubeconfig ${path}: the file cannot be read.`);
  }
  const document = parseJson(content) ?? (await parseYaml(content));
  if (!isRecord(document)) throw misconfigured(`kubeconfig ${path}: the file is no YAML mapping.`);
  return withAbsolutePaths(document, dirname(path)) as JsonRecord;
}

/** Undefined when it is no YAML: the parser's own error quotes the text, which holds credentials. */
async function parseYaml(content: string): Promise<unknown> {
  const { parse } = await import('yaml');
  try {
    return parse(content, { logLevel: 'error' });
  } catch {
    return undefined;
  }
}

function withAbsolutePaths(value: unknown, folder: string): unknown {
  if (Array.isArray(value)) return value.map((item) => withAbsolutePaths(item, folder));
  if (!isRecord(value)) return value;
  const entries = Object.entries(value).map(([key, item]) => {
    // A command without a slash is looked up in PATH.
    const isPath = PATH_KEYS.includes(key) || (key === 'command' && typeof item === 'string' && item.includes('/'));
    return [
      key,
      isPath && typeof item === 'string' && item !== '' ? resolve(folder, item) : withAbsolutePaths(item, folder),
    ];
  });
  return Object.fromEntries(entries);
}

function find(document: JsonRecord, list: string, entry: string, name: string | undefined): JsonRecord | undefined {
  const entries = Array.isArray(document[list]) ? document[list].filter(isRecord) : [];
  const found = entries.find((candidate) => candidate['name'] === name)?.[entry];
  return isRecord(found) ? found : undefined;
}

function isMissing(error: unknown): boolean {
  return isRecord(error) && error['code'] === 'ENOENT';
}
