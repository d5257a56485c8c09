import type { SecretStore } from '@esox/api';
import {
  type Call,
  type Clock,
  type ConfigSchema,
  type Host,
  type HttpClient,
  type HttpOptions,
  type Log,
  ProviderError,
  type Reader,
} from '@esox/core';
import { parseDuration } from '@esox/core/duration';
import type { ClientPool, CredentialVersion, Lane } from '@esox/core/engine';
import type { Cluster } from '@esox/cluster';
import { StoreHost } from '../host/store-host.ts';
import type { CredentialVersions } from './credential-versions.ts';
import type { Plugins } from './plugins.ts';
import { providerOf, type StoreAddress, storeId, storeVersion } from './store.ts';

export interface StoreConnectorOptions {
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly log: Log;
  readonly pool: ClientPool;
  readonly plugins: Plugins;
  readonly credentials: CredentialVersions;
  /** Makes the HTTP client of a plugin; the operator adds its proxy settings here. */
  readonly http: (options: HttpOptions) => HttpClient;
  readonly environment: Host['environment'];
  /** The operator's own mounted token, where there is one. */
  readonly podToken: () => Promise<Uint8Array | undefined>;
}

/** From a store to a connected client, with the host that watches over it. */
export class StoreConnector {
  readonly #options: StoreConnectorOptions;
  /** Versions of cluster-wide stores whose client depends on the namespace that uses it. */
  readonly #referent = new Set<string>();

  constructor(options: StoreConnectorOptions) {
    this.#options = options;
  }

  isReferent(store: SecretStore): boolean {
    return this.#referent.has(storeVersion(store));
  }

  /** One lane serves all namespaces, unless the store's references are looked up in the consumer's. */
  lane(
    store: SecretStore,
    address: StoreAddress,
    consumerNamespace: string | undefined,
    signal: AbortSignal,
  ): Promise<Lane> {
    const { id } = providerOf(store);
    const consumer = this.isReferent(store) ? consumerNamespace : undefined;
    const key = {
      provider: id,
      pluginVersion: this.#options.plugins.version(id),
      storeUid: store.metadata.uid ?? storeId(address),
      store: storeId(address),
      storeGeneration: store.metadata.generation ?? 0,
      consumerNamespace: consumer,
    };
    const source = {
      connect: (call: Call) => this.#connect(store, address, consumer, call),
      isCurrent: (credentials: readonly CredentialVersion[]) => this.#options.credentials.areCurrent(credentials),
    };
    return this.#options.pool.lane(key, source, signal);
  }

  /** Looks again at what a client logged in with and no watch tells of. */
  refreshCredentials(address: StoreAddress, signal: AbortSignal): Promise<void> {
    return this.#options.credentials.refresh(address, signal);
  }

  drop(store: SecretStore, address: StoreAddress): void {
    this.#referent.delete(storeVersion(store));
    this.#options.credentials.forget(address);
    if (store.metadata.uid) this.#options.pool.dropStore(store.metadata.uid);
  }

  async #connect(store: SecretStore, address: StoreAddress, consumerNamespace: string | undefined, call: Call) {
    const { id, config } = providerOf(store);
    const provider = await this.#options.plugins.load(id, call.signal);
    const host = this.#host(store, address, consumerNamespace);
    try {
      const parsed = await parseConfig(provider.config, config, id);
      const client = await provider.connect(parsed, host, call);
      return { provider, client: closing(client, () => host.close()), credentials: () => host.credentials() };
    } catch (error) {
      await host.close();
      throw ProviderError.from(error, `connecting to ${storeId(address)}`);
    }
  }

  #host(store: SecretStore, address: StoreAddress, consumerNamespace: string | undefined): StoreHost {
    const { cluster, clock, log, http, environment, podToken, credentials } = this.#options;
    return new StoreHost({
      cluster,
      clock,
      log,
      http,
      environment,
      podToken,
      consumerNamespace,
      store: { kind: address.kind, name: address.name, namespace: address.namespace, retry: retryOf(store) },
      onReferent: () => this.#referent.add(storeVersion(store)),
      onCredential: (credential) => credentials.record(address, credential),
    });
  }
}

async function parseConfig(schema: ConfigSchema, config: unknown, id: string): Promise<unknown> {
  const result = await schema['~standard'].validate(config);
  if (!result.issues) return result.value;
  const [issue] = result.issues;
  const path = (issue?.path ?? []).map((part) => (typeof part === 'object' ? part.key : part)).map(String);
  throw new ProviderError(
    'invalid-config',
    `spec.provider.${[id, ...path].join('.')} is not valid: ${issue?.message ?? 'refused by the schema'}`,
  );
}

function retryOf(store: SecretStore): { maxRetries: number | undefined; intervalMs: number | undefined } | undefined {
  const settings = store.spec.retrySettings;
  if (!settings) return undefined;
  const { maxRetries, retryInterval } = settings;
  if (retryInterval === undefined) return { maxRetries, intervalMs: undefined };
  const intervalMs = parseDuration(retryInterval);
  if (intervalMs === undefined) {
    throw new ProviderError('invalid-config', 'spec.retrySettings.retryInterval is not a duration such as "5s"');
  }
  return { maxRetries, intervalMs };
}

/** The client, which also closes its host when it is closed. */
function closing<T extends Reader>(client: T, afterwards: () => Promise<void>): T {
  const close = client[Symbol.asyncDispose].bind(client);
  client[Symbol.asyncDispose] = async () => {
    try {
      await close();
    } finally {
      await afterwards();
    }
  };
  return client;
}
