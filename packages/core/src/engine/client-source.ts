import type { Call } from '../provider/host.ts';
import type { Provider, Reader } from '../provider/provider.ts';

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
