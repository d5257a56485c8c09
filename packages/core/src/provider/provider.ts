import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { Call, Host } from './host.ts';
import type { Outcome } from './outcome.ts';
import type { Sealed } from './sealed.ts';

/** One thing to read. `property` is set only for providers that resolve it themselves (`documents: 'none'`). */
export interface ReadRef {
  readonly key: string;
  readonly version?: string | undefined;
  readonly property?: string | undefined;
  /** Read the metadata (tags, labels) of the secret in place of its value. */
  readonly metadata?: boolean | undefined;
}

/** What the backend holds under a key: one document, or named fields. */
export interface SecretValue {
  readonly content: Sealed | ReadonlyMap<string, Sealed>;
  /** Opaque change token, safe to log: equal as long as the value is, never a plain hash of the bytes. */
  readonly version?: string | undefined;
  readonly expiresAt?: Date | undefined;
}

export interface FindQuery {
  /** RE2, unanchored. */
  readonly name?: string | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
  readonly path?: string | undefined;
}

export interface FoundSecret {
  /** Key in the result, as ESO's provider names it. */
  readonly key: string;
  /** How to read it, where the listing did not bring the value along. */
  readonly ref: ReadRef;
  readonly value?: SecretValue | undefined;
}

export interface RemoteRef {
  readonly key: string;
  readonly property?: string | undefined;
}

/** The Secret that a pushed value is taken from, after its template. */
export interface PushSource {
  /** The key that is pushed; undefined where the whole Secret is. */
  readonly secretKey?: string | undefined;
  readonly data: ReadonlyMap<string, Sealed>;
  /** Empty means Opaque. */
  readonly type: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface PushItem extends RemoteRef {
  /** A whole Secret is a JSON object of its keys as text. */
  readonly value: Sealed;
  /** For a backend that can hold more of a Secret than `value` does: bytes that are no text, type, labels. */
  readonly source?: PushSource | undefined;
  /** Provider-specific, already taken out of its PushSecretMetadata envelope. */
  readonly metadata?: unknown;
}

/** What every client can do. A method throws only when the whole call failed (login, network). */
export interface Reader extends AsyncDisposable {
  /** 'unknown' where it cannot be told without a consumer (referent authentication). Throws when misconfigured. */
  check(call: Call): Promise<'ready' | 'unknown'>;
  /** Answers in the order of `refs`, one outcome each, so that one bad key never hides its neighbours. */
  read(refs: readonly ReadRef[], call: Call): Promise<readonly Outcome<SecretValue>[]>;
}

/** Optional powers. Naming one in `capabilities` obliges `connect` to return it. */
export interface Capabilities {
  /** Complete or it throws: what it leaves out counts as absent. */
  find(query: FindQuery, call: Call): AsyncIterable<FoundSecret>;
  write(items: readonly PushItem[], call: Call): Promise<readonly Outcome<void>[]>;
  /** Absent counts as removed. */
  remove(refs: readonly RemoteRef[], call: Call): Promise<readonly Outcome<void>[]>;
  exists(refs: readonly RemoteRef[], call: Call): Promise<readonly Outcome<boolean>[]>;
  /** Yields keys that may have changed. A hint: a lost one costs time, never truth. */
  watch(keys: readonly string[], call: Call): AsyncIterable<readonly string[]>;
  /** Verifies an inbound webhook and answers the keys that it names. Throws `denied` on a bad signature. */
  receive(request: Request, call: Call): Promise<readonly string[]>;
}

export type Capability = keyof Capabilities;
export type Client<C extends Capability> = Reader & Pick<Capabilities, C>;

/**
 * One attempt to find a property in a document; the engine tries the steps in order.
 * `key`: exactly this top-level member. `escaped`: a gjson path with every dot escaped. `path`: a gjson path.
 * `field-path`: up to the first dot a field of `content`, behind it a gjson path into that field. In a document that is
 * no set of fields the same goes on inside the member: a whole member's name first, then a gjson path, then the next dot.
 */
export type PropertyStep = 'key' | 'escaped' | 'path' | 'field-path';

/** How the engine reads properties and maps out of this provider's documents. */
export interface DocumentSyntax {
  readonly property: readonly PropertyStep[];
  /** What a property that is not in the document means: absent, or a mistake in the entry. */
  readonly missingProperty: 'not-found' | 'invalid-ref';
  /**
   * How a JSON object becomes a map (`dataFrom.extract`): `source` keeps the source text of members that are not
   * strings; `decoded` renders numbers and nested values as compact JSON with sorted keys. `null` becomes empty in both.
   * `encoded` renders every member as such JSON, strings with their quotes and `null` as null.
   */
  readonly map: 'source' | 'decoded' | 'encoded';
}

/** Validates configuration. Zod, Valibot and others implement it; the host parses before `connect`. */
export type ConfigSchema<In = unknown, Out = unknown> = StandardSchemaV1<In, Out>;

/** Limits that the host keeps for one client of this provider; flags and annotations may lower them. */
export interface ProviderLimits {
  /** Calls under way at once; default 20. */
  readonly concurrency?: number;
  /** Most refs in one `read`; default 1 for a backend without a batch call is fine, the host never sends more. */
  readonly batch?: number;
}

/** A provider as the host sees it. */
export interface Provider {
  readonly spec: 'v1';
  readonly id: string;
  readonly config: ConfigSchema;
  readonly capabilities: readonly Capability[];
  readonly documents: DocumentSyntax;
  readonly limits?: ProviderLimits;
  readonly maintenance?: 'maintained' | 'not-maintained' | 'deprecated';
  /** Makes a client. It may log in at once or on first use; several calls at once must share one login. */
  connect(config: unknown, host: Host, call: Call): Promise<Reader>;
}

/** A provider as its author writes it: config typed by the schema, client typed by the capabilities. */
export interface ProviderOf<S extends ConfigSchema, C extends Capability> extends Omit<Provider, 'connect'> {
  readonly config: S;
  readonly capabilities: readonly C[];
  connect(config: StandardSchemaV1.InferOutput<S>, host: Host, call: Call): Promise<Client<C>>;
}

/** What the default export of a provider package is. */
export interface Plugin {
  readonly esox: 'v1';
  readonly providers: readonly Provider[];
}

export function defineProvider<S extends ConfigSchema, const C extends Capability>(provider: ProviderOf<S, C>): Plugin {
  // The host parses with `config` before it calls `connect`, so the narrower parameter is safe.
  return { esox: 'v1', providers: [provider as unknown as Provider] };
}

/** Narrows: `if (can(provider, client, 'find')) client.find(…)`. */
export function can<C extends Capability>(provider: Provider, client: Reader, name: C): client is Client<C> {
  return provider.capabilities.includes(name);
}
