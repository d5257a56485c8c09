import { LineCounter, parseAllDocuments, type YAMLError } from 'yaml';
import type { KubernetesObject } from '../port.ts';
import { isRecord } from './merge-patch.ts';
import type { Kind, StoredObject } from './stored-object.ts';

/** An object as somebody wrote it. */
export interface Manifest {
  /** Path from the manifests folder. */
  readonly file: string;
  /** Which of the file's documents, from 1. */
  readonly document: number;
  readonly object: StoredObject;
}

/** What is wrong with a manifest. Never quotes a value. */
export interface ManifestProblem {
  readonly file: string;
  /** From 1; 0 where it is about the whole file. */
  readonly document: number;
  /** `ExternalSecret "a/b"`, where it is known. */
  readonly object?: string;
  /** Of the field, where it is about one. */
  readonly path: string;
  readonly message: string;
}

export type ParsedFile =
  | { readonly ok: true; readonly manifests: readonly Manifest[]; readonly problems: readonly ManifestProblem[] }
  /** Not one of its documents can be trusted, since what is broken may hide where they begin and end. */
  | { readonly ok: false; readonly problems: readonly ManifestProblem[] };

const syntaxErrors: Record<string, string> = {
  ALIAS_PROPS: 'an alias has a tag or an anchor',
  BAD_INDENT: 'the indentation does not fit',
  DUPLICATE_KEY: 'a key is there twice',
  MISSING_CHAR: 'a character is missing',
  MULTILINE_IMPLICIT_KEY: 'a key goes over several lines',
  TAB_AS_INDENT: 'a tab is used for indentation',
  UNEXPECTED_TOKEN: 'something stands where it must not',
};

/** Reads all objects of a file of YAML or JSON; the items of a List count as objects of their own. */
export function parseManifests(file: string, text: string): ParsedFile {
  const lineCounter = new LineCounter();
  // Messages of the parser quote the source, so only its codes and positions are used.
  const documents = parseAllDocuments(text, { merge: true, prettyErrors: false, lineCounter });
  const broken = [...documents].flatMap(({ errors }, index) =>
    // The first error causes those that follow.
    errors
      .slice(0, 1)
      .map((error) => ({ file, document: index + 1, path: '', message: syntaxMessage(error, lineCounter) })),
  );
  if (broken.length > 0) return { ok: false, problems: broken };
  const manifests: Manifest[] = [];
  const problems: ManifestProblem[] = [];
  for (const [index, document] of [...documents].entries()) {
    const at = { file, document: index + 1 };
    let content: unknown;
    try {
      content = document.toJS();
    } catch {
      return { ok: false, problems: [{ ...at, path: '', message: 'an alias has no anchor, or there are too many' }] };
    }
    for (const item of itemsOf(content)) {
      const problem = shapeProblem(item);
      if (problem) problems.push({ ...at, ...problem });
      else manifests.push({ ...at, object: item as StoredObject });
    }
  }
  return { ok: true, manifests, problems };
}

// Kinds that are not namespaced. Kinds of ESO that are so are named Cluster….
const clusterKinds = new Set([
  'APIService',
  'CSIDriver',
  'CSINode',
  'CustomResourceDefinition',
  'IngressClass',
  'MutatingWebhookConfiguration',
  'Namespace',
  'Node',
  'PersistentVolume',
  'PriorityClass',
  'RuntimeClass',
  'StorageClass',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
  'ValidatingWebhookConfiguration',
]);

/** Nobody here knows the kinds that exist, so whether one is namespaced follows from its name. */
export function kindOf({ apiVersion = '', kind = '' }: KubernetesObject): Kind {
  const [version = '', group = ''] = apiVersion.split('/').toReversed();
  return { group, version, kind, namespaced: !clusterKinds.has(kind) && !kind.startsWith('Cluster') };
}

/** Where the object goes: `default` where a namespaced object does not say. */
export function keyIn(kind: Kind, { metadata }: KubernetesObject): { name: string; namespace?: string } {
  return kind.namespaced
    ? { namespace: metadata.namespace ?? 'default', name: metadata.name }
    : { name: metadata.name };
}

function itemsOf(content: unknown): unknown[] {
  if (content === null || content === undefined) return [];
  const isList = isRecord(content) && typeof content['kind'] === 'string' && content['kind'].endsWith('List');
  return isList && Array.isArray(content['items']) ? content['items'].flatMap(itemsOf) : [content];
}

function shapeProblem(item: unknown): { path: string; message: string } | undefined {
  if (!isRecord(item)) return { path: '', message: 'must be a Kubernetes object' };
  for (const field of ['apiVersion', 'kind']) {
    if (typeof item[field] !== 'string' || item[field] === '') return { path: field, message: 'must be a text' };
  }
  const metadata = item['metadata'];
  if (!isRecord(metadata)) return { path: 'metadata', message: 'must be an object with a name' };
  if (typeof metadata['name'] !== 'string') return { path: 'metadata.name', message: 'must be a text' };
  const namespace = metadata['namespace'];
  if (namespace !== undefined && typeof namespace !== 'string') {
    return { path: 'metadata.namespace', message: 'must be a text' };
  }
  const map = ['labels', 'annotations'].find((name) => !isStringMap(metadata[name]));
  if (map === undefined) return undefined;
  return { path: `metadata.${map}`, message: 'must be a map of texts; put values into quotes' };
}

function isStringMap(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  return isRecord(value) && Object.values(value).every((entry) => typeof entry === 'string');
}

function syntaxMessage(error: YAMLError, lineCounter: LineCounter): string {
  const { line, col } = lineCounter.linePos(error.pos[0]);
  return `line ${line}, column ${col}: ${syntaxErrors[error.code] ?? 'this is not YAML'}`;
}
