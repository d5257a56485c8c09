import {
  type ExternalSecret,
  type ExternalSecretSpec,
  EXTERNAL_SECRETS,
  CLUSTER_SECRET_STORES,
  SECRET_STORES,
  type SecretStore,
} from '@esox/api';
import { type Cluster, type KubernetesObject, type ObjectKey, type ResourceType } from '@esox/cluster';
import { ProviderError } from '@esox/core';
import { ClientPool, type CallEvent } from '@esox/core/engine';
import { createHttpClient, steadyClock, systemClock } from '@esox/core/host';
import { Controllers, type ControllersSettings } from './controllers.ts';
import type { Secret } from './external-secret/secret-object.ts';
import { EVENTS, SECRETS } from './resource-types.ts';
import { ScriptedProvider } from './scripted-provider.fixture.ts';

/** One side of the Cluster port with controllers at work on it, as a scenario sees it. */
export interface Side {
  readonly cluster: Cluster;
  /** Makes a namespace that no other scenario uses. */
  namespace(labels?: Record<string, string>): Promise<string>;
  close(): Promise<void>;
}

export interface EventSeen extends KubernetesObject {
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  readonly involvedObject: { readonly kind: string; readonly name: string };
}

/** A write that went out to the cluster. */
export interface WriteSeen {
  readonly verb: 'create' | 'update' | 'patch' | 'delete';
  readonly plural: string;
  readonly subresource: string | undefined;
  readonly key: string;
}

const signal = new AbortController().signal;
let counter = 0;

/** A namespace with controllers over it, and the verbs that scenarios are written in. */
export class Scene {
  readonly side: Side;
  readonly namespace: string;
  readonly provider = new ScriptedProvider();
  readonly writes: WriteSeen[] = [];
  readonly calls: CallEvent[] = [];
  /** Keys of the ExternalSecrets whose passes have ended. */
  readonly passes: string[] = [];
  readonly #controllers: Controllers;

  private constructor(side: Side, namespace: string, settings: Partial<ControllersSettings>) {
    this.side = side;
    this.namespace = namespace;
    this.#controllers = new Controllers({
      cluster: recording(side.cluster, this.writes),
      clock: systemClock,
      steady: steadyClock,
      log: { debug: () => {}, warn: () => {} },
      pool: new ClientPool({
        clock: steadyClock,
        observer: { call: (event) => void this.calls.push(event) },
        callTimeoutMs: 3000,
      }),
      plugins: this.provider,
      observer: {
        reconciled: ({ controller, key }) => {
          if (controller === 'externalsecret') this.passes.push(key);
        },
      },
      http: createHttpClient,
      environment: {},
      podToken: () => Promise.resolve(undefined),
      settings: {
        namespace,
        controllerClass: 'default',
        floodGate: true,
        kinds: ['SecretStore', 'ClusterSecretStore'],
        reportedKinds: ['SecretStore', 'ClusterSecretStore'],
        concurrency: 200,
        storeRequeueIntervalMs: 300_000,
        ...settings,
      },
    });
  }

  /** `before` prepares what must be there when the controllers start. */
  static async open(
    side: Side,
    settings: Partial<ControllersSettings> = {},
    before?: (scene: Scene) => Promise<void>,
  ): Promise<Scene> {
    const scene = new Scene(side, await side.namespace(), settings);
    await before?.(scene);
    await scene.#controllers.start(signal);
    return scene;
  }

  /** Other controllers over a namespace that is there; `before` prepares the backends. */
  static async reopen(side: Side, namespace: string, before?: (scene: Scene) => void): Promise<Scene> {
    const scene = new Scene(side, namespace, {});
    before?.(scene);
    await scene.#controllers.start(signal);
    return scene;
  }

  get controllers(): Controllers {
    return this.#controllers;
  }

  async stop(): Promise<void> {
    await this.#controllers.drain(1000);
    await this.#controllers.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  store(name: string, provider: object, spec: object = {}): Promise<SecretStore> {
    return this.create<SecretStore>(SECRET_STORES, name, { spec: { provider: { scripted: provider }, ...spec } });
  }

  clusterStore(name: string, provider: object, spec: object = {}): Promise<SecretStore> {
    return this.create<SecretStore>(CLUSTER_SECRET_STORES, name, {
      spec: { provider: { scripted: provider }, ...spec },
    });
  }

  externalSecret(name: string, spec: object, metadata: object = {}): Promise<ExternalSecret> {
    return this.create<ExternalSecret>(EXTERNAL_SECRETS, name, { spec, metadata });
  }

  create<T extends KubernetesObject>(
    type: ResourceType,
    name: string,
    content: { metadata?: object; [field: string]: unknown },
  ): Promise<T> {
    const namespace = type.namespaced ? { namespace: this.namespace } : {};
    const apiVersion = type.group ? `${type.group}/${type.version}` : type.version;
    const metadata = { ...content.metadata, name, ...namespace };
    return this.side.cluster.create<T>(type, { apiVersion, kind: type.kind, ...content, metadata } as unknown as T, {
      signal,
    });
  }

  patch(type: ResourceType, name: string, body: object): Promise<KubernetesObject> {
    return this.side.cluster.patch(type, this.key(type, name), { type: 'merge', body }, { signal });
  }

  patchStatus(type: ResourceType, name: string, status: object): Promise<KubernetesObject> {
    const options = { signal, subresource: 'status' } as const;
    return this.side.cluster.patch(type, this.key(type, name), { type: 'merge', body: { status } }, options);
  }

  async delete(type: ResourceType, name: string): Promise<void> {
    const object = await this.side.cluster.get(type, this.key(type, name), { signal });
    if (object)
      await this.side.cluster.delete(type, this.key(type, name), { uid: object.metadata.uid ?? '' }, { signal });
  }

  get<T extends KubernetesObject>(type: ResourceType, name: string): Promise<T | undefined> {
    return this.side.cluster.get<T>(type, this.key(type, name), { signal });
  }

  secret(name: string): Promise<Secret | undefined> {
    return this.get<Secret>(SECRETS, name);
  }

  /** The decoded data of a Secret; undefined where there is none. */
  async data(name: string): Promise<Record<string, string> | undefined> {
    const secret = await this.secret(name);
    if (!secret) return undefined;
    const entries = Object.entries(secret.data ?? {});
    return Object.fromEntries(entries.map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]));
  }

  /** `True SecretSynced`, or undefined while there is no Ready condition. */
  async ready(type: ResourceType, name: string): Promise<string | undefined> {
    const object = await this.get<ExternalSecret>(type, name);
    const condition = object?.status?.conditions?.find(({ type: of }) => of === 'Ready');
    return condition && `${condition.status} ${condition.reason}`;
  }

  async message(type: ResourceType, name: string): Promise<string> {
    const object = await this.get<ExternalSecret>(type, name);
    return object?.status?.conditions?.find(({ type: of }) => of === 'Ready')?.message ?? '';
  }

  async events(name: string): Promise<EventSeen[]> {
    const events: EventSeen[] = [];
    for await (const page of this.side.cluster.list<EventSeen>(EVENTS, { signal, namespace: this.namespace }))
      events.push(...page);
    return events.filter(({ involvedObject }) => involvedObject.name === name);
  }

  writesTo(plural: string, name?: string): WriteSeen[] {
    return this.writes.filter(
      (write) => write.plural === plural && (name === undefined || write.key.endsWith(`/${name}`)),
    );
  }

  key(type: ResourceType, name: string): ObjectKey {
    return type.namespaced ? { namespace: this.namespace, name } : { name };
  }
}

export function dataSpec(
  storeName: string,
  entries: Record<string, object>,
  more: object = {},
): Partial<ExternalSecretSpec> {
  const data = Object.entries(entries).map(([secretKey, remoteRef]) => ({ secretKey, remoteRef }));
  return { secretStoreRef: { name: storeName }, data, ...more } as Partial<ExternalSecretSpec>;
}

export function uniqueName(prefix: string): string {
  return `${prefix}-${process.pid.toString(36)}-${(++counter).toString(36)}`;
}

export const outage = new ProviderError('unavailable', 'the backend answered 503');

/** The same cluster, whose writes are noted down. */
function recording(cluster: Cluster, writes: WriteSeen[]): Cluster {
  const note = (verb: WriteSeen['verb'], type: ResourceType, key: ObjectKey, subresource?: string) =>
    void writes.push({ verb, plural: type.plural, subresource, key: `${key.namespace ?? ''}/${key.name}` });
  return {
    side: cluster.side,
    get: (type, key, options) => cluster.get(type, key, options),
    list: (type, options) => cluster.list(type, options),
    watch: (type, options) => cluster.watch(type, options),
    create: (type, object, options) => {
      note('create', type, object.metadata, options.subresource);
      return cluster.create(type, object, options);
    },
    update: (type, object, options) => {
      note('update', type, object.metadata, options.subresource);
      return cluster.update(type, object, options);
    },
    patch: (type, key, patch, options) => {
      note('patch', type, key, options.subresource);
      return cluster.patch(type, key, patch, options);
    },
    delete: (type, key, preconditions, options) => {
      note('delete', type, key);
      return cluster.delete(type, key, preconditions, options);
    },
    serviceAccountToken: (key, request, options) => cluster.serviceAccountToken(key, request, options),
    close: () => cluster.close(),
  };
}
