import { createHash } from 'node:crypto';
import { Sealed } from '../provider/sealed.ts';

/** What can be hashed. A plain object and a Map are both a Go map. */
export type GoValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | undefined
  | Uint8Array
  | readonly GoValue[]
  | ReadonlyMap<string, GoValue>
  | { readonly [key: string]: GoValue };

/** Go's `%+v` of a value, as ESO hashes it. */
export function goFormat(value: GoValue): string {
  if (typeof value === 'string') return value;
  if (value === null || value === undefined) return '<nil>';
  if (typeof value === 'number') return goNumber(value);
  if (typeof value !== 'object') return String(value);
  if (value instanceof Uint8Array) return `[${value.join(' ')}]`;
  if (isList(value)) return `[${value.map(goFormat).join(' ')}]`;
  return goMap(value instanceof Map ? value : new Map(Object.entries(value)));
}

function isList(value: object): value is readonly GoValue[] {
  return Array.isArray(value);
}

function goMap(map: ReadonlyMap<string, GoValue>): string {
  return `map[${sortedBytewise(map.keys())
    .map((key) => `${key}:${goFormat(map.get(key))}`)
    .join(' ')}]`;
}

/** Go writes an exponent below 1e-4 and from 1e21 on, with two digits at least. */
function goNumber(value: number): string {
  if (Object.is(value, -0)) return '-0';
  const small = value !== 0 && Math.abs(value) < 1e-4;
  const text = small ? value.toExponential() : String(value);
  return text.replace(/e([+-])(\d)$/, 'e$10$2');
}

/** Go sorts strings by their UTF-8 bytes, JavaScript by UTF-16 units. */
export function sortedBytewise(keys: Iterable<string>): string[] {
  return [...keys].toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

/** SHA3-224 over `goFormat`, lower-case hex. */
export function hash(value: GoValue): string {
  return createHash('sha3-224').update(goFormat(value)).digest('hex');
}

/** What stands in the `data-hash` annotation of a Secret with this data. */
export function dataHash(data: ReadonlyMap<string, Sealed | Uint8Array>): string {
  const digest = createHash('sha3-224').update('map[');
  sortedBytewise(data.keys()).forEach((key, index) => {
    const value = data.get(key);
    const bytes = Sealed.is(value) ? value.open() : (value ?? new Uint8Array());
    digest.update(`${index === 0 ? '' : ' '}${key}:[${bytes.join(' ')}]`);
  });
  return digest.update(']').digest('hex');
}

/** What stands in the `created-by` label of the Secrets of this ExternalSecret. */
export function ownerHash(namespace: string, name: string): string {
  return hash(`${namespace}/${name}`);
}

export interface VersionedMeta {
  readonly generation?: number | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
}

/** `syncedResourceVersion` of an object: it changes with the spec, a label or an annotation. */
export function versionOf(meta: VersionedMeta): string {
  const text = `{annotations:${goFormat(meta.annotations ?? {})} labels:${goFormat(meta.labels ?? {})}}`;
  return `${meta.generation ?? 0}-${hash(text)}`;
}

const fieldManagerPrefix = 'externalsecrets.external-secrets.io/';

/** Field manager under which this ExternalSecret writes its target. */
export function fieldManagerFor(externalSecretName: string): string {
  const manager = fieldManagerPrefix + externalSecretName;
  return manager.length > 63 ? `${fieldManagerPrefix}sha3/${hash(externalSecretName)}` : manager;
}
