import type { Clock } from '../clock.ts';
import { ClusterError } from '../errors.ts';
import type {
  Cluster,
  DeletePreconditions,
  Informer,
  KubernetesObject,
  ListOptions,
  ObjectKey,
  Patch,
  ReadOptions,
  ResourceType,
  ServiceAccountToken,
  WatchOptions,
  WriteOptions,
} from '../port.ts';
import { type AccessDecision, reviewAccess } from './access-review.ts';
import { ApiClient, APPLY_CONTENT_TYPE } from './api-client.ts';
import { type ApiRequest, apiVersionOf, describeRequest } from './api-request.ts';
import type { Connection } from './connection.ts';
import { KubeInformer } from './informer.ts';
import { isRecord } from './json.ts';
import type { ListWatchOptions } from './list-watch.ts';
import { isObject, listObjects } from './object-list.ts';
import type { KubeObserver } from './observer.ts';

export interface KubeOptions {
  readonly connection: Connection;
  readonly clock: Clock;
  /** Such as `esox/1.2.3`. */
  readonly userAgent: string;
  /** For writes that name none. */
  readonly fieldManager: string;
  /** Lists and watches of namespaced kinds that name no namespace see this one only. */
  readonly namespace?: string;
  readonly observer?: KubeObserver;
  /** Between 0 and 1; for jitter. */
  readonly random?: () => number;
  readonly requestTimeoutMs?: number;
  readonly listWatch?: Partial<ListWatchOptions>;
  /** Asked right before a write leaves; false keeps it here, as a `conflict`. */
  readonly mayWrite?: () => boolean;
}

const REQUEST_TIMEOUT_MS = 30_000;
const SERVICE_ACCOUNTS: ResourceType = {
  group: '',
  version: 'v1',
  kind: 'ServiceAccount',
  plural: 'serviceaccounts',
  namespaced: true,
};

/** The Cluster port over a Kubernetes API server. Nothing is sent before it is used. */
export function connectKube(options: KubeOptions): KubeCluster {
  return new KubeCluster(options);
}

export class KubeCluster implements Cluster {
  readonly side = 'kubernetes';
  readonly #options: KubeOptions;
  readonly #client: ApiClient;
  readonly #informers = new Set<{ close(): Promise<void> }>();

  constructor(options: KubeOptions) {
    const { connection, clock, userAgent, mayWrite } = options;
    const { random = Math.random, observer = {}, requestTimeoutMs = REQUEST_TIMEOUT_MS } = options;
    this.#options = options;
    this.#client = new ApiClient({ connection, clock, userAgent, random, observer, requestTimeoutMs, mayWrite });
  }

  async get<T extends KubernetesObject>(
    type: ResourceType,
    key: ObjectKey,
    options: ReadOptions,
  ): Promise<T | undefined> {
    try {
      return await this.#object<T>({ verb: 'get', type, ...key, signal: options.signal });
    } catch (error) {
      if (ClusterError.is(error) && error.code === 'not-found') return undefined;
      throw error;
    }
  }

  async *list<T extends KubernetesObject>(
    type: ResourceType,
    options: ListOptions,
  ): AsyncGenerator<readonly T[], void> {
    const query = { ...options, namespace: this.#scope(type, options.namespace) };
    const seen = new Set<string | undefined>();
    let isAgain = false;
    for await (const page of listObjects(this.#client, type, query)) {
      isAgain ||= page.isRestart;
      // After a restart the list begins anew; nobody gets an object twice.
      const items = isAgain ? page.items.filter(({ metadata }) => !seen.has(metadata.uid)) : page.items;
      for (const { metadata } of items) seen.add(metadata.uid);
      yield items as readonly T[];
    }
  }

  watch<T>(type: ResourceType, options: WatchOptions<T>): Informer<T> {
    const scoped = { ...options, namespace: this.#scope(type, options.namespace) };
    const informer = new KubeInformer<T>(this.#client, type, scoped, this.#options.listWatch ?? {});
    this.#informers.add(informer);
    return informer;
  }

  create<T extends KubernetesObject>(type: ResourceType, object: T, options: WriteOptions): Promise<T> {
    const { namespace } = object.metadata;
    return this.#write<T>({ verb: 'create', type, namespace, body: this.#typed(type, object) }, options);
  }

  async update<T extends KubernetesObject>(type: ResourceType, object: T, options: WriteOptions): Promise<T> {
    const { namespace, name, resourceVersion } = object.metadata;
    if (resourceVersion === undefined) throw new TypeError('An update needs the resource version that it replaces.');
    return await this.#write<T>({ verb: 'update', type, namespace, name, body: this.#typed(type, object) }, options);
  }

  patch<T extends KubernetesObject>(
    type: ResourceType,
    key: ObjectKey,
    patch: Patch,
    options: WriteOptions,
  ): Promise<T> {
    if (patch.type === 'merge') {
      const contentType = 'application/merge-patch+json';
      return this.#write<T>({ verb: 'patch', type, ...key, body: patch.body, contentType }, options);
    }
    const body = this.#typed(type, patch.body);
    const query = patch.force === true ? { force: 'true' } : {};
    return this.#write<T>({ verb: 'patch', type, ...key, body, query, contentType: APPLY_CONTENT_TYPE }, options);
  }

  async delete(
    type: ResourceType,
    key: ObjectKey,
    preconditions: DeletePreconditions,
    options: ReadOptions,
  ): Promise<boolean> {
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions, propagationPolicy: 'Background' };
    try {
      await this.#client.call({ verb: 'delete', type, ...key, body, signal: options.signal });
      return true;
    } catch (error) {
      if (ClusterError.is(error) && error.code === 'not-found') return false;
      throw error;
    }
  }

  async serviceAccountToken(
    key: ObjectKey,
    request: { readonly audiences: readonly string[]; readonly expirationSeconds?: number },
    options: ReadOptions,
  ): Promise<ServiceAccountToken> {
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: request };
    const call: ApiRequest = { verb: 'create', type: SERVICE_ACCOUNTS, ...key, subresource: 'token', body, ...options };
    const { status } = await this.#client.call(call);
    const token = isRecord(status) ? status['token'] : undefined;
    const expiresAt = new Date(isRecord(status) ? String(status['expirationTimestamp']) : '');
    if (typeof token === 'string' && !Number.isNaN(expiresAt.getTime())) return { token, expiresAt };
    throw new ClusterError('unexpected', `${describeRequest(call)}: the answer holds no token.`);
  }

  /** Whether the bearer of the token may get a path that is no resource. Throws a ClusterError when it cannot be told. */
  reviewAccess(token: string, path: string, options: ReadOptions): Promise<AccessDecision> {
    return reviewAccess(this.#client, token, path, options);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#informers].map((informer) => informer.close()));
    await this.#client.close();
  }

  #scope(type: ResourceType, namespace: string | undefined): string | undefined {
    return type.namespaced ? (namespace ?? this.#options.namespace) : undefined;
  }

  #typed(type: ResourceType, object: object): object {
    return { ...object, apiVersion: apiVersionOf(type), kind: type.kind };
  }

  #write<T>(request: Omit<ApiRequest, 'signal' | 'subresource'>, options: WriteOptions): Promise<T> {
    const { signal, subresource, fieldManager = this.#options.fieldManager } = options;
    return this.#object<T>({ ...request, subresource, signal, query: { ...request.query, fieldManager } });
  }

  async #object<T>(request: ApiRequest): Promise<T> {
    const object = await this.#client.call(request);
    if (isObject(object)) return object as T;
    throw new ClusterError('unexpected', `${describeRequest(request)}: the answer is no object.`, { status: 200 });
  }
}
