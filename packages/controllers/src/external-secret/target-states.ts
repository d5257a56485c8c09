import { DATA_HASH_ANNOTATION, MANAGED_LABEL, MANAGED_LABEL_VALUE } from '@esox/api';
import { type Cluster, keyOf, splitKey } from '@esox/cluster';
import { SECRETS } from '../resource-types.ts';
import { isLater } from '../secrets/resource-version.ts';
import type { SecretFacts, SecretIndex } from '../secrets/secret-index.ts';
import { hashOf, type Secret } from './secret-object.ts';

interface TargetState {
  readonly uid: string;
  readonly resourceVersion: string;
  /** Beside its data. */
  readonly hash: string | undefined;
  readonly managed: boolean;
  /** Managed, and the hash beside the data is the data's. */
  readonly valid: boolean;
  /** Number of its keys. */
  readonly keys: number;
  /** The watch has yet to tell of it. */
  readonly pending: boolean;
}

/**
 * What is known of every target without keeping its values: the resource version that was looked at or written last,
 * and whether the Secret was as it should be then. Only a version that is not ours is read again.
 */
export class TargetStates {
  readonly #cluster: Cluster;
  readonly #secrets: SecretIndex;
  readonly #states = new Map<string, TargetState>();

  constructor(cluster: Cluster, secrets: SecretIndex) {
    this.#cluster = cluster;
    this.#secrets = secrets;
    secrets.subscribe((key, after) => this.#seen(key, after));
  }

  /** Reads the managed Secrets once, in pages, so that a restart needs no request per object. */
  async load(namespace: string | undefined, signal: AbortSignal): Promise<void> {
    const labelSelector = `${MANAGED_LABEL}=${MANAGED_LABEL_VALUE}`;
    const options = { signal, labelSelector, ...(namespace ? { namespace } : {}) };
    for await (const page of this.#cluster.list<Secret>(SECRETS, options)) {
      for (const secret of page) this.#remember(secret, false);
    }
  }

  /** Whether an event about this Secret only tells what we wrote or looked at ourselves. */
  isKnown(key: string, after: SecretFacts | undefined): boolean {
    const state = this.#states.get(key);
    return after === undefined ? false : state?.resourceVersion === after.resourceVersion;
  }

  /** The resource version that was looked at or written last; undefined where somebody has written it since. */
  versionOf(key: string): string | undefined {
    const state = this.#states.get(key);
    if (!state || state.pending) return state?.resourceVersion;
    const seen = this.#secrets.get(key);
    return seen && !isLater(seen.resourceVersion, state.resourceVersion) ? state.resourceVersion : undefined;
  }

  /** The hash beside its data when it was looked at or written last. */
  hashOf(key: string): string | undefined {
    return this.#states.get(key)?.hash;
  }

  /** How many keys it had when it was looked at or written last. */
  keysOf(key: string): number | undefined {
    return this.#states.get(key)?.keys;
  }

  exists(key: string): boolean {
    return this.#states.get(key)?.pending === true || this.#secrets.get(key) !== undefined;
  }

  /** Whether it carries the managed label. */
  isManaged(key: string): boolean {
    const isKnown = this.versionOf(key) !== undefined;
    return (isKnown ? this.#states.get(key)?.managed : this.#secrets.get(key)?.managed) ?? false;
  }

  /** The version that the next write has to start from, where it is ours and good. */
  async isValid(key: string, signal: AbortSignal): Promise<boolean> {
    const state = this.#states.get(key);
    if (state?.pending) return state.valid;
    const facts = this.#secrets.get(key);
    if (!facts || facts.terminating) return false;
    if (state && !isLater(facts.resourceVersion, state.resourceVersion)) return state.valid;
    if (!facts.managed) return false;
    const secret = await this.read(key, signal);
    return secret !== undefined && this.#states.get(key)?.valid === true;
  }

  async read(key: string, signal: AbortSignal): Promise<Secret | undefined> {
    const secret = await this.#cluster.get<Secret>(SECRETS, splitKey(key), { signal });
    if (secret) this.#remember(secret, false);
    return secret;
  }

  written(secret: Secret): void {
    const key = keyOf(secret);
    const seen = this.#secrets.get(key);
    const version = secret.metadata.resourceVersion ?? '';
    this.#remember(secret, !seen || isLater(version, seen.resourceVersion));
  }

  /** The next look is at the Secret itself. */
  forget(key: string): void {
    this.#states.delete(key);
  }

  #remember(secret: Secret, pending: boolean): void {
    const { uid = '', resourceVersion = '', labels, annotations } = secret.metadata;
    const managed = labels?.[MANAGED_LABEL] === MANAGED_LABEL_VALUE;
    const hash = annotations?.[DATA_HASH_ANNOTATION];
    const valid = managed && hash === hashOf(secret.data);
    const keys = Object.keys(secret.data ?? {}).length;
    this.#states.set(keyOf(secret), { uid, resourceVersion, hash, managed, valid, keys, pending });
  }

  #seen(key: string, after: SecretFacts | undefined): void {
    const state = this.#states.get(key);
    if (!state) return;
    if (!after) this.#states.delete(key);
    else if (state.pending && !isLater(state.resourceVersion, after.resourceVersion)) {
      this.#states.set(key, { ...state, pending: false });
    }
  }
}
