import { isDeepStrictEqual } from 'node:util';
import type { Problem } from '@esox/api';
import { ClusterError } from '../errors.ts';
import type { ObjectMeta } from '../port.ts';
import { isRecord } from './merge-patch.ts';
import { describe, type Kind, type StoredObject } from './stored-object.ts';

const label = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const subdomain = new RegExp(`^${label}(\\.${label})*$`);
const namespaceName = new RegExp(`^${label}$`);
const dataKey = /^[-._a-zA-Z0-9]{1,253}$/;
const base64 = /^[A-Za-z0-9+/]*={0,2}$/;
const largestSecret = 1024 * 1024;

/** Throws unless the names are such as the API server accepts; they become names of files. */
export function checkNames(kind: Kind, { name, namespace }: ObjectMeta): void {
  // Names of RBAC objects may be anything that fits into a URL.
  const isName = kind.group === 'rbac.authorization.k8s.io' ? !/[/%]|^\.{1,2}$/.test(name) : subdomain.test(name);
  if (!isName || name.length > 253) {
    const rule = 'lower-case letters, digits, "-" and "." only, at most 253 characters';
    throw invalid(`${describe(kind, { name })} has a name that Kubernetes refuses: ${rule}`);
  }
  if (!kind.namespaced) return;
  if (namespace === undefined || namespace.length > 63 || !namespaceName.test(namespace)) {
    throw invalid(
      `${describe(kind, { name })} has a namespace that Kubernetes refuses: lower-case letters, digits and "-" only, at most 63 characters`,
    );
  }
}

/** What the API server adds to objects of kinds that it knows itself. */
export function withKindDefaults(kind: Kind, object: StoredObject): StoredObject {
  if (kind.group !== '') return object;
  if (kind.kind === 'Secret') return secretDefaults(object);
  if (kind.kind === 'Namespace') return namespaceDefaults(object);
  return object;
}

/** What the API server refuses for kinds that it knows itself. No message holds a value. */
export function checkKindRules(kind: Kind, before: StoredObject | undefined, after: StoredObject): void {
  if (kind.group !== '' || kind.kind !== 'Secret') return;
  const subject = describe(kind, after.metadata);
  checkSecretData(subject, after['data']);
  if (!before) return;
  if (before['type'] !== after['type']) {
    throw invalid(`${subject}: the type of a Secret cannot be changed; delete the Secret first`);
  }
  if (before['immutable'] !== true) return;
  if (after['immutable'] !== true || !isDeepStrictEqual(before['data'] ?? {}, after['data'] ?? {})) {
    throw invalid(`${subject} is immutable: its data cannot be changed; delete the Secret first`);
  }
}

function secretDefaults({ stringData, ...secret }: StoredObject): StoredObject {
  const type = secret['type'] === undefined || secret['type'] === '' ? 'Opaque' : secret['type'];
  if (!isRecord(stringData)) return { ...secret, type };
  const encoded = Object.entries(stringData).map(([key, text]) => [key, encode(text)]);
  const data = isRecord(secret['data']) ? secret['data'] : {};
  return { ...secret, type, data: { ...data, ...Object.fromEntries(encoded) } };
}

/** Anything but text stays as it is, to be refused. */
function encode(text: unknown): unknown {
  return typeof text === 'string' ? Buffer.from(text, 'utf8').toString('base64') : text;
}

function namespaceDefaults(namespace: StoredObject): StoredObject {
  const { name, labels } = namespace.metadata;
  const metadata = { ...namespace.metadata, labels: { ...labels, 'kubernetes.io/metadata.name': name } };
  return { ...namespace, metadata };
}

function checkSecretData(subject: string, data: unknown): void {
  if (data === undefined) return;
  if (!isRecord(data)) throw invalid(`${subject}: data must be a map`);
  let size = 0;
  for (const [key, value] of Object.entries(data)) {
    if (!isDataKey(key)) {
      throw invalid(`${subject}: "${key}" cannot be a key of data: letters, digits, "-", "_" and "." only`);
    }
    if (!isBase64(value)) {
      throw invalid(`${subject}: the value of "${key}" in data must be base64 text; use stringData for plain text`);
    }
    size += Buffer.byteLength(value, 'base64');
  }
  if (size > largestSecret) throw invalid(`${subject}: data is ${size} bytes; a Secret holds ${largestSecret} at most`);
}

function isDataKey(key: string): boolean {
  return dataKey.test(key) && key !== '.' && key !== '..';
}

function isBase64(value: unknown): value is string {
  return typeof value === 'string' && value.length % 4 === 0 && base64.test(value);
}

/** The object was refused; `problems` has one entry for each field that is wrong. */
export class InvalidObjectError extends ClusterError {
  readonly problems: readonly Problem[];

  constructor(message: string, problems: readonly Problem[]) {
    super('invalid', message, { status: 422 });
    this.problems = problems;
  }
}

function invalid(message: string): InvalidObjectError {
  return new InvalidObjectError(message, [{ path: '', message }]);
}
