import {
  type Call,
  type Clock,
  type Host,
  type HttpClient,
  type HttpOptions,
  type Log,
  type ObjectKeyRef,
  ProviderError,
  Sealed,
  type ServiceAccountRef,
  type StoreInfo,
  type TokenRequest,
} from '@esox/core';
import { createHttpClient, systemClock } from '@esox/core/host';

/** Objects by name, or by `namespace/name`; their data by key. */
export interface TestHostObjects {
  readonly secrets?: Readonly<Record<string, Readonly<Record<string, string | Uint8Array>>>>;
  readonly configMaps?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Tokens of ServiceAccounts: a fixed text, or made for each request. */
  readonly tokens?: Readonly<Record<string, string | ((request: TokenRequest) => string | Promise<string>)>>;
  /** Annotations of ServiceAccounts. */
  readonly annotations?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly environment?: Host['environment'];
  readonly podToken?: string;
}

export interface TestHostOptions extends TestHostObjects {
  /** Default: a SecretStore `test` in the namespace `test`. */
  readonly store?: Partial<StoreInfo>;
  readonly clock?: Clock;
  /** Where an HTTP client of the plugin says nothing else: for tests that serve hosts of the internet themselves. */
  readonly httpDefaults?: Pick<HttpOptions, 'ca' | 'proxy'>;
}

export interface LogLine {
  readonly level: 'debug' | 'warn';
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Disposing it closes the HTTP clients that the plugin left open. */
export interface TestHost extends Host, AsyncDisposable {
  readonly logs: readonly LogLine[];
}

/**
 * A host whose references resolve in memory and whose HTTP is real. A reference without a namespace is looked up in the
 * store's namespace, or in the consumer's for a ClusterSecretStore; a missing object rejects as the operator's host does.
 */
export function testHost(options: TestHostOptions = {}): TestHost {
  const store: StoreInfo = { ...DEFAULT_STORE, ...options.store };
  const logs: LogLine[] = [];
  const clients: HttpClient[] = [];
  const member = (kind: 'Secret' | 'ConfigMap', ref: ObjectKeyRef): string | Uint8Array => {
    const object = lookUp(kind === 'Secret' ? options.secrets : options.configMaps, ref, store);
    if (!ref.key) throw new ProviderError('invalid-config', `the reference to ${kind} "${ref.name}" names no key`);
    const value = object && Object.hasOwn(object, ref.key) ? object[ref.key] : undefined;
    if (value === undefined) {
      throw new ProviderError('unauthenticated', `${kind} "${ref.name}" does not exist or has no key "${ref.key}"`);
    }
    return value;
  };
  return {
    store,
    logs,
    log: recordingLog(logs),
    clock: options.clock ?? systemClock,
    http(httpOptions: HttpOptions = {}): HttpClient {
      const client = createHttpClient({ ...options.httpDefaults, ...httpOptions });
      clients.push(client);
      return client;
    },
    async secret(ref, call) {
      call.signal.throwIfAborted();
      return sealed(member('Secret', ref));
    },
    async configMap(ref, call) {
      call.signal.throwIfAborted();
      return String(member('ConfigMap', ref));
    },
    serviceAccountToken: (ref, request, call) => token(options, { ref, request, store }, call),
    async serviceAccountAnnotations(ref, call) {
      call.signal.throwIfAborted();
      const annotations = lookUp(options.annotations, ref, store);
      if (annotations) return annotations;
      throw new ProviderError('unauthenticated', `ServiceAccount "${ref.name}" does not exist`);
    },
    environment: options.environment ?? {},
    async podToken(call) {
      call.signal.throwIfAborted();
      return options.podToken === undefined ? undefined : Sealed.text(options.podToken);
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(clients.map((client) => client[Symbol.asyncDispose]()));
    },
  };
}

const DEFAULT_STORE: StoreInfo = {
  kind: 'SecretStore',
  name: 'test',
  namespace: 'test',
  consumerNamespace: 'test',
  retry: undefined,
};

function recordingLog(logs: LogLine[]): Log {
  return {
    debug: (message, fields = {}) => void logs.push({ level: 'debug', message, fields }),
    warn: (message, fields = {}) => void logs.push({ level: 'warn', message, fields }),
  };
}

interface TokenLookUp {
  readonly ref: ServiceAccountRef;
  readonly request: TokenRequest;
  readonly store: StoreInfo;
}

async function token(objects: TestHostObjects, { ref, request, store }: TokenLookUp, call: Call): Promise<Sealed> {
  call.signal.throwIfAborted();
  const source = lookUp(objects.tokens, ref, store);
  if (source === undefined) {
    throw new ProviderError('unauthenticated', `ServiceAccount "${ref.name}" does not exist`);
  }
  return Sealed.text(typeof source === 'string' ? source : await source(request));
}

function lookUp<T>(objects: Readonly<Record<string, T>> = {}, ref: ObjectKeyRef, store: StoreInfo): T | undefined {
  const namespace = ref.namespace ?? store.namespace ?? store.consumerNamespace;
  const qualified = `${namespace}/${ref.name}`;
  if (Object.hasOwn(objects, qualified)) return objects[qualified];
  return ref.name !== undefined && Object.hasOwn(objects, ref.name) ? objects[ref.name] : undefined;
}

function sealed(value: string | Uint8Array): Sealed {
  // A copy: a plugin may wipe what it was given.
  return typeof value === 'string' ? Sealed.text(value) : Sealed.of(value.slice());
}
