import { ProviderError } from '../provider/errors.ts';

export interface StoreSelection {
  readonly kind: 'SecretStore' | 'ClusterSecretStore';
  /** Empty where the manifest names none: such an entry fails. */
  readonly name: string;
}

export type DecodingStrategy = 'Auto' | 'Base64' | 'Base64URL' | 'None';
export type ConversionStrategy = 'Default' | 'Unicode';
export type NullBytePolicy = 'Ignore' | 'Fail';

interface ContentPolicies {
  readonly conversionStrategy?: ConversionStrategy | undefined;
  readonly decodingStrategy?: DecodingStrategy | undefined;
  readonly nullBytePolicy?: NullBytePolicy | undefined;
}

export interface RemoteRefSpec extends ContentPolicies {
  readonly key: string;
  readonly property?: string | undefined;
  readonly version?: string | undefined;
  readonly metadataPolicy?: 'None' | 'Fetch' | undefined;
}

export interface FindSpec extends ContentPolicies {
  readonly path?: string | undefined;
  readonly name?: { readonly regexp?: string | undefined } | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
}

export interface MergeSpec {
  readonly into?: string | undefined;
  readonly priority?: readonly string[] | undefined;
  readonly priorityPolicy?: 'IgnoreNotFound' | 'Strict' | undefined;
  readonly conflictPolicy?: 'Ignore' | 'Error' | undefined;
  readonly strategy?: 'Extract' | 'JSON' | undefined;
}

export interface RewriteSpec {
  readonly regexp?: { readonly source: string; readonly target: string } | undefined;
  readonly transform?: { readonly template: string } | undefined;
  readonly merge?: MergeSpec | undefined;
}

export interface GeneratorRefSpec {
  readonly apiVersion?: string | undefined;
  readonly kind: string;
  readonly name: string;
}

interface StoreRefSpec {
  readonly name?: string | undefined;
  readonly kind?: string | undefined;
}

interface SourceRefSpec {
  readonly storeRef?: StoreRefSpec | undefined;
  readonly generatorRef?: GeneratorRefSpec | undefined;
}

/** The part of an ExternalSecret's `spec` that says what to read. */
export interface EntriesSpec {
  readonly secretStoreRef?: StoreRefSpec | undefined;
  readonly data?:
    | readonly {
        readonly secretKey: string;
        readonly remoteRef: RemoteRefSpec;
        readonly sourceRef?: SourceRefSpec | undefined;
      }[]
    | undefined;
  readonly dataFrom?:
    | readonly {
        readonly extract?: RemoteRefSpec | undefined;
        readonly find?: FindSpec | undefined;
        readonly rewrite?: readonly RewriteSpec[] | undefined;
        readonly sourceRef?: SourceRefSpec | undefined;
      }[]
    | undefined;
}

export interface DataEntry {
  readonly field: 'data';
  readonly index: number;
  readonly secretKey: string;
  readonly ref: RemoteRefSpec;
  readonly store: StoreSelection;
}

export interface ExtractEntry {
  readonly field: 'dataFrom';
  readonly index: number;
  readonly extract: RemoteRefSpec;
  readonly rewrite: readonly RewriteSpec[];
  readonly store: StoreSelection;
}

export interface FindEntry {
  readonly field: 'dataFrom';
  readonly index: number;
  readonly find: FindSpec;
  readonly rewrite: readonly RewriteSpec[];
  readonly store: StoreSelection;
}

export interface GeneratorEntry {
  readonly field: 'dataFrom';
  readonly index: number;
  readonly generatorRef: GeneratorRefSpec;
  readonly rewrite: readonly RewriteSpec[];
}

/** One line of `data` or `dataFrom`. */
export type Entry = DataEntry | ExtractEntry | FindEntry | GeneratorEntry;

/** The entries in the order in which they are merged: all of `dataFrom`, then all of `data`. */
export function entriesOf(spec: EntriesSpec): Entry[] {
  return [...dataFromEntries(spec), ...dataEntries(spec)];
}

function dataFromEntries(spec: EntriesSpec): Entry[] {
  return (spec.dataFrom ?? []).flatMap((item, index): Entry[] => {
    const rewrite = item.rewrite ?? [];
    const base = { field: 'dataFrom', index, rewrite } as const;
    const store = storeOf(item.sourceRef?.storeRef ?? spec.secretStoreRef);
    if (item.find) return [{ ...base, find: item.find, store }];
    if (item.extract) return [{ ...base, extract: item.extract, store }];
    const generatorRef = item.sourceRef?.generatorRef;
    // With a storeRef alone an item reads nothing.
    return generatorRef ? [{ ...base, generatorRef }] : [];
  });
}

function dataEntries(spec: EntriesSpec): Entry[] {
  return (spec.data ?? []).map((item, index) => {
    // A present sourceRef wins even when its storeRef is empty.
    const store = storeOf(item.sourceRef ? item.sourceRef.storeRef : spec.secretStoreRef);
    return { field: 'data', index, secretKey: item.secretKey, ref: item.remoteRef, store };
  });
}

function storeOf(ref: StoreRefSpec | undefined): StoreSelection {
  return { kind: ref?.kind === 'ClusterSecretStore' ? ref.kind : 'SecretStore', name: ref?.name ?? '' };
}

/** Where the entry stands and what it asks for: `spec.data[2] (key "db/creds", property "password")`. */
export function describeEntry(entry: Entry): string {
  const place = `spec.${entry.field}[${entry.index}]`;
  if ('ref' in entry) return `${place} (${describeRef(entry.ref)})`;
  if ('extract' in entry) return `${place}.extract (${describeRef(entry.extract)})`;
  if ('find' in entry) return `${place}.find (${describeFind(entry.find)})`;
  return `${place}.sourceRef.generatorRef (${entry.generatorRef.kind} ${quote(entry.generatorRef.name)})`;
}

function describeRef(ref: RemoteRefSpec): string {
  const parts = [`key ${quote(ref.key)}`];
  if (ref.property) parts.push(`property ${quote(ref.property)}`);
  if (ref.version) parts.push(`version ${quote(ref.version)}`);
  return parts.join(', ');
}

function describeFind(find: FindSpec): string {
  const parts: string[] = [];
  if (find.name?.regexp) parts.push(`name ${quote(find.name.regexp)}`);
  if (find.path) parts.push(`path ${quote(find.path)}`);
  if (find.tags) parts.push(`tags ${JSON.stringify(find.tags)}`);
  return parts.join(', ') || 'everything';
}

function quote(text: string): string {
  return JSON.stringify(text);
}

/** The same failure, said of this entry and its store. */
export function entryError(entry: Entry, error: ProviderError): ProviderError {
  const from = 'store' in entry && entry.store.name !== '' ? ` of ${entry.store.kind} ${quote(entry.store.name)}` : '';
  return new ProviderError(error.code, `${describeEntry(entry)}${from}: ${error.message}`, {
    cause: error,
    ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
  });
}
