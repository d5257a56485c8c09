import type { Call, Clock } from '../provider/host.ts';
import type { Provider, Reader } from '../provider/provider.ts';
import type { Lane } from './lane.ts';
import type { EngineObserver } from './observer.ts';

/** Who reads where. Two objects share a client only if all of it is equal, and the credentials are. */
export interface ClientKey {
  readonly provider: string;
  readonly pluginVersion: string;
  readonly storeUid: string;
  readonly storeGeneration: number;
  /** Set where the store's authentication refers to its consumer. */
  readonly consumerNamespace: string | undefined;
}

/** One object that a client logs in with. An object that is missing has an empty `resourceVersion`. */
export interface CredentialVersion {
  readonly kind: 'Secret' | 'ConfigMap' | 'ServiceAccount';
  readonly namespace: string;
  readonly name: string;
  readonly resourceVersion: string;
}

export interface ConnectedClient {
  readonly provider: Provider;
  readonly client: Reader;
  /** What the client has logged in with so far; it may grow while the client works. */
  readonly credentials: () => readonly CredentialVersion[];
}

export interface ClientSource {
  /**
   * Makes a client. `used` is told of every credential as it is looked up, so that a failed login is tried again at
   * once when one of them changes; a source that does not call it is tried again after the backoff only.
   */
  connect(call: Call, used: (credential: CredentialVersion) => void): Promise<ConnectedClient>;
  /** Whether all of these still are the versions that exist. */
  isCurrent(credentials: readonly CredentialVersion[]): boolean;
}

export interface ClientPoolOptions {
  readonly clock: Clock;
  readonly observer?: EngineObserver;
  /** A client that nobody used for so long is closed; default 600,000 ms. */
  readonly idleMs?: number;
  /** Default 30,000 ms. */
  readonly connectTimeoutMs?: number;
  /** Bound of the freshness cache over all lanes; default 32 MiB. */
  readonly cacheBytes?: number;
  /** Longest wait for one call of a plugin (for `find`: for its next item); default 30,000 ms. */
  readonly callTimeoutMs?: number;
  /** Calls of one lane under way at once where its provider does not say; default 20. */
  readonly concurrency?: number;
}

/** The connected clients of all stores. */
export interface Pool {
  lane(key: ClientKey, source: ClientSource, signal: AbortSignal): Promise<Lane>;
  dropStore(storeUid: string): void;
  close(): Promise<void>;
}

export class ClientPool implements Pool {
  constructor(options: ClientPoolOptions) {
    void options;
  }

  lane(key: ClientKey, source: ClientSource, signal: AbortSignal): Promise<Lane> {
    void [key, source, signal];
    return Promise.reject(new Error('in the making'));
  }

  dropStore(storeUid: string): void {
    void storeUid;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
