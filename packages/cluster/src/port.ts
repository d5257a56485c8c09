/** The cluster as controllers see it: resource versions, conflicts and preconditions as Kubernetes has them. */

import type { ObjectMeta, ResourceType } from '@esox/api';

export type { ManagedFieldsEntry, ObjectMeta, OwnerReference, ResourceType } from '@esox/api';

export interface KubernetesObject {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
}

/** `namespace` is left out for cluster-scoped objects. */
export interface ObjectKey {
  readonly namespace?: string | undefined;
  readonly name: string;
}

export interface ReadOptions {
  readonly signal: AbortSignal;
}

export interface WriteOptions {
  readonly signal: AbortSignal;
  readonly fieldManager?: string;
  readonly subresource?: 'status';
}

export interface ListOptions {
  readonly signal: AbortSignal;
  /** All namespaces (or all that the operator is limited to) without it. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  /** `metadata` asks the API server for PartialObjectMetadata only. */
  readonly view?: 'object' | 'metadata';
}

export type Patch =
  | { readonly type: 'merge'; readonly body: object }
  /** Server-side apply; `force` takes fields over from other managers. */
  | { readonly type: 'apply'; readonly body: object; readonly force?: boolean };

/** What must still hold for a deletion to be carried out. */
export interface DeletePreconditions {
  readonly uid: string;
  readonly resourceVersion?: string;
}

export interface WatchOptions<T> {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly view?: 'object' | 'metadata';
  /** What is kept of each object in memory. Runs once per event; must not throw. */
  readonly trim: (object: KubernetesObject) => T;
}

export type Change<T> =
  | { readonly type: 'added'; readonly key: string; readonly after: T }
  | { readonly type: 'updated'; readonly key: string; readonly before: T; readonly after: T }
  | { readonly type: 'deleted'; readonly key: string; readonly before: T };

/**
 * A local copy of a list, kept equal to the cluster: it survives every error of the server and of the network.
 * Keys are `namespace/name`, or `name` for cluster-scoped objects.
 */
export interface Informer<T> {
  /** Resolves when the first list has been taken over completely. */
  readonly synced: Promise<void>;
  readonly hasSynced: boolean;
  readonly size: number;
  /** Time (ms since the epoch) of the last byte from the server, bookmarks included. */
  readonly lastActivity: number;
  get(key: string): T | undefined;
  values(): Iterable<T>;
  /**
   * Changes are delivered in order, never on the socket's call stack. A listener that throws is reported and harms
   * nobody else. A new listener is first told of everything that is there, as `added`.
   */
  subscribe(listener: (change: Change<T>) => void): () => void;
  close(): Promise<void>;
}

export interface ServiceAccountToken {
  readonly token: string;
  readonly expiresAt: Date;
}

export interface Cluster {
  readonly side: 'kubernetes' | 'embedded';
  /** Undefined when it does not exist; every other failure throws a ClusterError. */
  get<T extends KubernetesObject>(type: ResourceType, key: ObjectKey, options: ReadOptions): Promise<T | undefined>;
  /** Pages of up to 500 objects; complete, or it throws. */
  list<T extends KubernetesObject>(type: ResourceType, options: ListOptions): AsyncIterable<readonly T[]>;
  watch<T>(type: ResourceType, options: WatchOptions<T>): Informer<T>;
  create<T extends KubernetesObject>(type: ResourceType, object: T, options: WriteOptions): Promise<T>;
  /** Replaces the object. `metadata.resourceVersion` is its precondition. */
  update<T extends KubernetesObject>(type: ResourceType, object: T, options: WriteOptions): Promise<T>;
  patch<T extends KubernetesObject>(
    type: ResourceType,
    key: ObjectKey,
    patch: Patch,
    options: WriteOptions,
  ): Promise<T>;
  /** False when it was gone already. A precondition that fails is a `conflict`. */
  delete(
    type: ResourceType,
    key: ObjectKey,
    preconditions: DeletePreconditions,
    options: ReadOptions,
  ): Promise<boolean>;
  /** TokenRequest. */
  serviceAccountToken(
    key: ObjectKey,
    request: { readonly audiences: readonly string[]; readonly expirationSeconds?: number },
    options: ReadOptions,
  ): Promise<ServiceAccountToken>;
  close(): Promise<void>;
}

export function keyOf(object: KubernetesObject): string {
  return joinKey(object.metadata);
}

export function joinKey(key: ObjectKey): string {
  return key.namespace ? `${key.namespace}/${key.name}` : key.name;
}

export function splitKey(key: string): ObjectKey {
  const slash = key.indexOf('/');
  return slash < 0 ? { name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}
