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
import type { CredentialVersion } from '@esox/core/engine';
import { type Cluster, ClusterError, type KubernetesObject } from '@esox/cluster';
import { type Reference, resolveReference } from '../references/resolve.ts';
import { CONFIG_MAPS, SECRETS, SERVICE_ACCOUNTS } from '../resource-types.ts';

interface SecretObject extends KubernetesObject {
  data?: Record<string, string>;
}

interface ConfigMapObject extends KubernetesObject {
  data?: Record<string, string>;
}

export interface StoreHostOptions {
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly log: Log;
  readonly store: Omit<StoreInfo, 'consumerNamespace'>;
  readonly consumerNamespace: string | undefined;
  /** Makes the HTTP client; the operator adds its proxy settings here. */
  readonly http: (options: HttpOptions) => HttpClient;
  readonly environment: Host['environment'];
  /** The operator's own mounted token, where there is one. */
  readonly podToken: () => Promise<Uint8Array | undefined>;
  /** Told when what the client does turns out to depend on the namespace of the object that uses the store. */
  readonly onReferent: () => void;
  /** Told of each object that the client logs in with. */
  readonly onCredential: (credential: CredentialVersion) => void;
}

/**
 * What one client of one store may touch. It applies the namespace rules to each reference, and remembers which
 * versions of which objects the client logged in with.
 */
export class StoreHost implements Host {
  readonly #options: StoreHostOptions;
  readonly #credentials = new Map<string, CredentialVersion>();
  readonly #clients = new Set<HttpClient>();
  readonly store: StoreInfo;

  constructor(options: StoreHostOptions) {
    this.#options = options;
    const noteReferent = () => this.#noteReferent();
    this.store = {
      ...options.store,
      // A plugin that looks at its consumer cannot be shared between consumers.
      get consumerNamespace() {
        noteReferent();
        return options.consumerNamespace;
      },
    };
  }

  get log(): Log {
    return this.#options.log;
  }

  get clock(): Clock {
    return this.#options.clock;
  }

  get environment(): Host['environment'] {
    return this.#options.environment;
  }

  credentials(): readonly CredentialVersion[] {
    return [...this.#credentials.values()];
  }

  http(options: HttpOptions = {}): HttpClient {
    const client = this.#options.http(options);
    this.#clients.add(client);
    return client;
  }

  /** Closes every connection that the plugin opened, also those that it forgot. */
  async close(): Promise<void> {
    await Promise.allSettled([...this.#clients].map((client) => client[Symbol.asyncDispose]()));
    this.#clients.clear();
  }

  async secret(ref: ObjectKeyRef, call: Call): Promise<Sealed> {
    const object = await this.#read<SecretObject>({ kind: 'Secret', ...ref }, call);
    const encoded = this.#member(object, 'Secret', ref.key);
    return Sealed.of(new Uint8Array(Buffer.from(encoded, 'base64')));
  }

  async configMap(ref: ObjectKeyRef, call: Call): Promise<string> {
    const object = await this.#read<ConfigMapObject>({ kind: 'ConfigMap', ...ref }, call);
    return this.#member(object, 'ConfigMap', ref.key);
  }

  async serviceAccountToken(ref: ServiceAccountRef, request: TokenRequest, call: Call): Promise<Sealed> {
    const key = this.#resolve({ kind: 'ServiceAccount', ...ref });
    try {
      const { token } = await this.#options.cluster.serviceAccountToken(key, request, call);
      return Sealed.text(token);
    } catch (error) {
      throw referenceError(error, `a token of ServiceAccount "${key.namespace}/${key.name}"`);
    }
  }

  async serviceAccountAnnotations(ref: ServiceAccountRef, call: Call): Promise<Readonly<Record<string, string>>> {
    const key = this.#resolve({ kind: 'ServiceAccount', ...ref });
    const what = `ServiceAccount "${key.namespace}/${key.name}"`;
    const account = await this.#options.cluster.get(SERVICE_ACCOUNTS, key, call).catch((error: unknown) => {
      throw referenceError(error, what);
    });
    if (account) return account.metadata.annotations ?? {};
    throw new ProviderError(
      'unauthenticated',
      `cannot read ${what}: it does not exist; create it, or correct the name`,
    );
  }

  async podToken(call: Call): Promise<Sealed | undefined> {
    call.signal.throwIfAborted();
    const token = await this.#options.podToken();
    return token && Sealed.of(token);
  }

  async #read<T extends KubernetesObject>(reference: Reference, call: Call): Promise<T> {
    const key = this.#resolve(reference);
    const kind = reference.kind;
    const type = kind === 'Secret' ? SECRETS : CONFIG_MAPS;
    const object = await this.#options.cluster.get<T>(type, key, call).catch((error: unknown) => {
      throw referenceError(error, `${kind} "${key.namespace}/${key.name}"`);
    });
    this.#remember({ kind, ...key, resourceVersion: object?.metadata.resourceVersion ?? '' });
    if (object) return object;
    throw new ProviderError(
      'unauthenticated',
      `cannot read the ${kind} "${key.name}" in namespace "${key.namespace}" that ${this.#storeName()} refers to: it does not exist; create it, or correct the reference`,
    );
  }

  #remember(credential: CredentialVersion): void {
    this.#credentials.set(`${credential.kind} ${credential.namespace}/${credential.name}`, credential);
    this.#options.onCredential(credential);
  }

  #member(object: { metadata: { name: string }; data?: Record<string, string> }, kind: string, key?: string): string {
    if (!key) {
      throw new ProviderError(
        'invalid-config',
        `${this.#storeName()} refers to the ${kind} "${object.metadata.name}" without a key`,
      );
    }
    const member = Object.hasOwn(object.data ?? {}, key) ? object.data?.[key] : undefined;
    if (member !== undefined) return member;
    throw new ProviderError(
      'unauthenticated',
      `the ${kind} "${object.metadata.name}" that ${this.#storeName()} refers to has no key "${key}"`,
    );
  }

  #resolve(reference: Reference): { namespace: string; name: string } {
    const { kind: storeKind, namespace: storeNamespace } = this.#options.store;
    if (!reference.namespace) this.#noteReferent();
    const consumerNamespace = this.#options.consumerNamespace;
    const resolution = resolveReference({ storeKind, storeNamespace, consumerNamespace }, reference);
    if (resolution.allowed) return resolution.key;
    throw new ProviderError('invalid-config', `${this.#storeName()}: ${resolution.why}`);
  }

  #noteReferent(): void {
    if (this.#options.store.kind === 'ClusterSecretStore') this.#options.onReferent();
  }

  #storeName(): string {
    return `${this.#options.store.kind} "${this.#options.store.name}"`;
  }
}

function referenceError(error: unknown, what: string): ProviderError {
  if (!ClusterError.is(error)) return ProviderError.from(error, `reading ${what}`);
  switch (error.code) {
    case 'not-found':
      return new ProviderError('unauthenticated', `cannot read ${what}: it does not exist`);
    case 'forbidden':
      return new ProviderError(
        'denied',
        `cannot read ${what}: the operator's own role does not allow it; extend the role`,
      );
    case 'invalid':
      return new ProviderError('invalid-config', `cannot read ${what}: the API server refused the request`);
    default:
      return new ProviderError('unavailable', `cannot read ${what}: the API server did not answer (${error.code})`, {
        ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
      });
  }
}
