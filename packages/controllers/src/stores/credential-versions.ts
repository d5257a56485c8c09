import { type Cluster, ClusterError } from '@esox/cluster';
import type { CredentialVersion } from '@esox/core/engine';
import { CONFIG_MAPS } from '../resource-types.ts';
import type { SecretIndex } from '../secrets/secret-index.ts';
import { isLater } from '../secrets/resource-version.ts';
import { type StoreAddress, storeId } from './store.ts';

interface User {
  readonly address: StoreAddress;
  /** By namespace and name. */
  readonly secrets: Set<string>;
  readonly configMaps: Set<string>;
}

/**
 * Which store logs in with what, and whether that is still what the cluster holds. Secrets are watched anyway;
 * ConfigMaps (certificate authorities) are looked at when their store is validated.
 */
export class CredentialVersions {
  readonly #cluster: Cluster;
  readonly #secrets: SecretIndex;
  readonly #configMapVersions = new Map<string, string>();
  readonly #users = new Map<string, User>();
  /** Secrets seen to go: the index alone cannot tell them from those that the watch has yet to bring. */
  readonly #deleted = new Set<string>();

  constructor(cluster: Cluster, secrets: SecretIndex) {
    this.#cluster = cluster;
    this.#secrets = secrets;
    secrets.subscribe((key, after) => {
      if (after) this.#deleted.delete(key);
      else this.#deleted.add(key);
    });
  }

  /** A client of this store has looked this object up, be it there or not. */
  record(address: StoreAddress, credential: CredentialVersion): void {
    const id = storeId(address);
    const user = this.#users.get(id) ?? { address, secrets: new Set(), configMaps: new Set() };
    this.#users.set(id, user);
    const key = `${credential.namespace}/${credential.name}`;
    if (credential.kind === 'Secret') {
      user.secrets.add(key);
      if (credential.resourceVersion !== '') this.#deleted.delete(key);
    }
    if (credential.kind === 'ConfigMap') {
      user.configMaps.add(key);
      this.#configMapVersions.set(key, credential.resourceVersion);
    }
  }

  areCurrent(credentials: readonly CredentialVersion[]): boolean {
    return credentials.every((credential) => {
      const key = `${credential.namespace}/${credential.name}`;
      if (credential.kind === 'Secret') return this.#isCurrentSecret(key, credential.resourceVersion);
      return this.#configMapVersions.get(key) === credential.resourceVersion;
    });
  }

  #isCurrentSecret(key: string, version: string): boolean {
    const seen = this.#secrets.get(key);
    // The watch may lag behind what the client has read itself.
    if (seen) return version !== '' && !isLater(seen.resourceVersion, version);
    return version === '' || !this.#deleted.has(key);
  }

  usersOf(secretKey: string): StoreAddress[] {
    return [...this.#users.values()].filter(({ secrets }) => secrets.has(secretKey)).map(({ address }) => address);
  }

  /** Looks up anew what is not watched. */
  async refresh(address: StoreAddress, signal: AbortSignal): Promise<void> {
    const keys = this.#users.get(storeId(address))?.configMaps ?? [];
    await Promise.all([...keys].map((key) => this.#refreshConfigMap(key, signal)));
  }

  forget(address: StoreAddress): void {
    this.#users.delete(storeId(address));
  }

  async #refreshConfigMap(key: string, signal: AbortSignal): Promise<void> {
    const [namespace = '', name = ''] = key.split('/');
    try {
      const object = await this.#cluster.get(CONFIG_MAPS, { namespace, name }, { signal });
      this.#configMapVersions.set(key, object?.metadata.resourceVersion ?? '');
    } catch (error) {
      // The API server's failure says nothing about the ConfigMap, so the client stays as it is.
      if (!ClusterError.is(error)) throw error;
    }
  }
}
