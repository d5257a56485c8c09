import type { Cluster, Informer, KubernetesObject } from '@esox/cluster';
import { MANAGED_LABEL, MANAGED_LABEL_VALUE, OWNER_LABEL } from '@esox/api';
import { SECRETS } from '../resource-types.ts';
import { isSetBack } from './resource-version.ts';

/** What is kept in memory of every Secret: nothing of its content. */
export interface SecretFacts {
  readonly key: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly managed: boolean;
  /** Hash of the ExternalSecret that made it, or undefined. */
  readonly createdBy: string | undefined;
  readonly controller: { readonly kind: string; readonly name: string; readonly uid: string } | undefined;
  readonly terminating: boolean;
}

export function secretFacts(object: KubernetesObject): SecretFacts {
  const { namespace, name, uid, resourceVersion, labels, ownerReferences, deletionTimestamp } = object.metadata;
  const controller = ownerReferences?.find((owner) => owner.controller);
  return {
    key: `${namespace}/${name}`,
    uid: uid ?? '',
    resourceVersion: resourceVersion ?? '',
    managed: labels?.[MANAGED_LABEL] === MANAGED_LABEL_VALUE,
    createdBy: labels?.[OWNER_LABEL],
    controller: controller && { kind: controller.kind, name: controller.name, uid: controller.uid },
    terminating: deletionTimestamp !== undefined,
  };
}

type Listener = (key: string, after: SecretFacts | undefined) => void;

/** Metadata of all Secrets that the operator may see, from one watch: targets and credentials alike. */
export class SecretIndex {
  readonly #informer: Informer<SecretFacts>;
  readonly #byCreator = new Map<string, Set<string>>();
  readonly #listeners = new Set<Listener>();

  constructor(cluster: Cluster, namespace: string | undefined) {
    this.#informer = cluster.watch(SECRETS, {
      ...(namespace ? { namespace } : {}),
      view: 'metadata',
      trim: secretFacts,
    });
    this.#informer.subscribe((change) => {
      const before = change.type === 'added' ? undefined : change.before;
      const after = change.type === 'deleted' ? undefined : change.after;
      this.#reindex(change.key, before?.createdBy, after?.createdBy);
      // What anybody knows of the later one is void.
      if (before && after && isSetBack(before.resourceVersion, after.resourceVersion))
        this.#tell(change.key, undefined);
      this.#tell(change.key, after);
    });
  }

  get synced(): Promise<void> {
    return this.#informer.synced;
  }

  get lastActivity(): number {
    return this.#informer.lastActivity;
  }

  get(key: string): SecretFacts | undefined {
    return this.#informer.get(key);
  }

  /** Secrets that carry the owner label of this hash. */
  *createdBy(hash: string): Iterable<SecretFacts> {
    for (const key of this.#byCreator.get(hash) ?? []) {
      const facts = this.#informer.get(key);
      if (facts) yield facts;
    }
  }

  subscribe(listener: Listener): void {
    this.#listeners.add(listener);
  }

  close(): Promise<void> {
    return this.#informer.close();
  }

  #tell(key: string, after: SecretFacts | undefined): void {
    for (const listener of this.#listeners) listener(key, after);
  }

  #reindex(key: string, before: string | undefined, after: string | undefined): void {
    if (before === after) return;
    if (before !== undefined) {
      const keys = this.#byCreator.get(before);
      keys?.delete(key);
      if (keys?.size === 0) this.#byCreator.delete(before);
    }
    if (after === undefined) return;
    const keys = this.#byCreator.get(after) ?? new Set();
    this.#byCreator.set(after, keys.add(key));
  }
}
