import {
  type Client,
  failure,
  type FindQuery,
  type FoundSecret,
  type Host,
  type Outcome,
  ProviderError,
  type PushItem,
  type ReadRef,
  type RemoteRef,
  Sealed,
  type SecretValue,
  success,
} from '@esox/core';
import { changeToken, matchName } from '@esox/provider-kit';
import type { FakeConfig } from './config.ts';

type FakeClient = Client<'find' | 'write' | 'remove' | 'exists'>;

/** Values by key and version; a value without a version has the version ''. */
type Values = ReadonlyMap<string, ReadonlyMap<string, Uint8Array>>;

export function fakeClient(config: FakeConfig, host: Host, written: Map<string, Uint8Array>): FakeClient {
  const values = valuesOf(config);
  const storeName = host.store.name;
  const lookUp = (key: string, version = ''): Uint8Array | undefined =>
    values.get(key)?.get(version) ?? (version === '' ? written.get(key) : undefined);

  return {
    async check() {
      return validation(config.validationResult ?? 0, storeName);
    },
    async read(refs, { signal }) {
      signal.throwIfAborted();
      return refs.map((ref) => read(ref, lookUp(ref.key, ref.version), storeName));
    },
    async *find(query, { signal }) {
      for (const found of findIn(query, values, written)) {
        signal.throwIfAborted();
        yield found;
      }
    },
    async write(items, { signal }) {
      signal.throwIfAborted();
      return items.map((item) => write(item, { values, written, storeName }));
    },
    // Removing is accepted and does nothing, so that tests can look at what was written.
    async remove(refs, { signal }) {
      signal.throwIfAborted();
      return refs.map(() => success(undefined));
    },
    async exists(refs, { signal }) {
      signal.throwIfAborted();
      return refs.map(({ key }: RemoteRef) => success(lookUp(key) !== undefined));
    },
    async [Symbol.asyncDispose]() {},
  };
}

function valuesOf({ data }: FakeConfig): Values {
  const values = new Map<string, Map<string, Uint8Array>>();
  for (const { key, value, version = '' } of data) {
    const versions = values.get(key) ?? new Map<string, Uint8Array>();
    values.set(key, versions.set(version, Buffer.from(value)));
  }
  return values;
}

function validation(result: number, storeName: string): 'ready' | 'unknown' {
  if (result === 0) return 'ready';
  if (result === 1) return 'unknown';
  throw new ProviderError(
    'invalid-config',
    `store ${storeName}: its validationResult is ${result}, which asks for a failed validation; 0 makes it ready`,
  );
}

function read({ key, version }: ReadRef, bytes: Uint8Array | undefined, storeName: string): Outcome<SecretValue> {
  if (bytes) return success(secretValue(bytes));
  const which = version ? `version ${JSON.stringify(version)} of key` : 'key';
  return failure(
    new ProviderError('not-found', `fake store ${storeName} has no ${which} ${JSON.stringify(key)}: add it to data`),
  );
}

function secretValue(bytes: Uint8Array): SecretValue {
  // A copy: its reader may overwrite it when it is done.
  return { content: Sealed.of(Uint8Array.from(bytes)), version: changeToken(bytes) };
}

function* findIn({ name }: FindQuery, values: Values, written: ReadonlyMap<string, Uint8Array>): Iterable<FoundSecret> {
  if (name === undefined) {
    throw new ProviderError('invalid-ref', 'find needs name.regexp: the fake provider finds by name only');
  }
  const matches = matchName(name);
  for (const key of new Set([...values.keys(), ...written.keys()])) {
    if (!matches(key)) continue;
    const [version, bytes] = latest(key, values, written);
    yield { key, ref: { key, ...(version && { version }) }, value: secretValue(bytes) };
  }
}

/** The greatest version in the order of its bytes; a written value has the smallest, ''. */
function latest(key: string, values: Values, written: ReadonlyMap<string, Uint8Array>): [string, Uint8Array] {
  const versions = new Map([['', written.get(key)], ...(values.get(key) ?? [])]);
  return [...versions]
    .filter((version): version is [string, Uint8Array] => version[1] !== undefined)
    .reduce((best, other) => (Buffer.compare(Buffer.from(other[0]), Buffer.from(best[0])) > 0 ? other : best));
}

interface WriteTarget {
  readonly values: Values;
  readonly written: Map<string, Uint8Array>;
  readonly storeName: string;
}

function write({ key, value }: PushItem, { values, written, storeName }: WriteTarget): Outcome<void> {
  if (values.get(key)?.has('')) {
    return failure(
      new ProviderError(
        'conflict',
        `fake store ${storeName} has key ${JSON.stringify(key)} in its data, which a write does not replace`,
      ),
    );
  }
  written.set(key, Uint8Array.from(value.open()));
  return success(undefined);
}
