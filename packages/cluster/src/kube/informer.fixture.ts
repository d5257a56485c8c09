import { type FaultProxy, isWatch, type KubeObject, startFaultProxy, testbed, waitUntil } from '@esox/testbed';
import type { Change, Cluster, Informer, WatchOptions } from '../port.ts';
import {
  CONFIG_MAPS,
  type ConfigMap,
  configMap,
  openCluster,
  type Recorder,
  type TestCluster,
} from './kube-cluster.fixture.ts';
import type { ListWatchOptions } from './list-watch.ts';

export interface Kept {
  readonly uid: string;
  readonly resourceVersion: string;
  readonly value: string | undefined;
}

/** An informer over the ConfigMaps of a namespace of its own, behind a proxy that can break things; and a way around it. */
export interface InformerBench extends AsyncDisposable {
  readonly namespace: string;
  readonly proxy: FaultProxy;
  readonly informer: Informer<Kept>;
  readonly observed: Recorder;
  /** As the informer told them. */
  readonly changes: Change<Kept>[];
  /** The same cluster without the proxy. */
  readonly direct: Cluster;
  set(name: string, value?: string): Promise<ConfigMap>;
  remove(name: string): Promise<void>;
  /** Waits until the informer holds exactly what the API server does. */
  converges(): Promise<void>;
  /** Queries of the lists and watches that the proxy has seen. */
  lists(): URLSearchParams[];
  watches(): URLSearchParams[];
  /** `type name` of each change. */
  told(): string[];
}

export interface InformerBenchOptions {
  readonly listWatch?: Partial<ListWatchOptions>;
  readonly watch?: Partial<WatchOptions<Kept>>;
  readonly requestTimeoutMs?: number;
  /** Before the informer starts. */
  readonly prepare?: (bench: Pick<InformerBench, 'proxy' | 'set' | 'namespace'>) => void | Promise<void>;
}

export const QUICK_BACKOFF = { baseMs: 20, maxMs: 200 };
const never = new AbortController().signal;

export async function openInformer(options: InformerBenchOptions = {}): Promise<InformerBench> {
  const { kubernetes } = testbed();
  const namespace = await kubernetes.createNamespace({ prefix: 'informer' });
  const proxy = await startFaultProxy({ target: kubernetes.url, caPem: kubernetes.caPem });
  const direct = await openCluster();
  const edit = editorOf(direct.cluster, namespace);
  await options.prepare?.({ namespace, proxy, set: edit.set });
  const { requestTimeoutMs = 30_000 } = options;
  const listWatch = { backoff: QUICK_BACKOFF, ...options.listWatch };
  const watched = await openCluster({ url: proxy.url, requestTimeoutMs, listWatch });
  const informer = watched.cluster.watch<Kept>(CONFIG_MAPS, { namespace, trim: keep, ...options.watch });
  const changes: Change<Kept>[] = [];
  informer.subscribe((change) => changes.push(change));
  const seen = (withWatch: boolean): URLSearchParams[] =>
    proxy.requests.map(({ query }) => query).filter((query) => query.has('watch') === withWatch);
  return {
    namespace,
    proxy,
    informer,
    observed: watched.observed,
    changes,
    direct: direct.cluster,
    ...edit,
    converges: () => converges(informer, direct.cluster, namespace),
    lists: () => seen(false),
    watches: () => seen(true),
    told: () => changes.map(({ type, key }) => `${type} ${key.slice(namespace.length + 1)}`),
    [Symbol.asyncDispose]: () => closeAll(watched, direct, proxy),
  };
}

async function closeAll(watched: TestCluster, direct: TestCluster, proxy: FaultProxy): Promise<void> {
  await watched.cluster.close();
  await direct.cluster.close();
  await proxy.stop();
}

export function keep(object: ConfigMap): Kept {
  const { uid = '', resourceVersion = '' } = object.metadata;
  return { uid, resourceVersion, value: object.data?.['value'] };
}

function editorOf(cluster: Cluster, namespace: string): Pick<InformerBench, 'set' | 'remove'> {
  return {
    set(name, value = name) {
      const body = configMap(namespace, name, { value });
      const patch = { type: 'apply', body, force: true } as const;
      return cluster.patch<ConfigMap>(CONFIG_MAPS, { namespace, name }, patch, { signal: never });
    },
    async remove(name) {
      const object = await cluster.get(CONFIG_MAPS, { namespace, name }, { signal: never });
      if (object === undefined) return;
      const { uid = '' } = object.metadata;
      await cluster.delete(CONFIG_MAPS, { namespace, name }, { uid }, { signal: never });
    },
  };
}

/** `resourceVersion` by key, as the API server has them. */
export async function serverVersions(cluster: Cluster, namespace: string): Promise<Map<string, string>> {
  const versions = new Map<string, string>();
  for await (const page of cluster.list(CONFIG_MAPS, { namespace, signal: never })) {
    for (const { metadata } of page) versions.set(`${namespace}/${metadata.name}`, metadata.resourceVersion ?? '');
  }
  return versions;
}

export async function converges(informer: Informer<Kept>, cluster: Cluster, namespace: string): Promise<void> {
  let difference = '';
  const isEqual = async (): Promise<boolean> => {
    const expected = await serverVersions(cluster, namespace);
    const wrong = [...expected].filter(([key, version]) => informer.get(key)?.resourceVersion !== version);
    difference = `${informer.size} of ${expected.size} objects, ${wrong.length} other than the server has`;
    return wrong.length === 0 && informer.size === expected.size;
  };
  await waitUntil(isEqual, { what: 'the informer equals the server', deadlineMs: 30_000, intervalMs: 50 }).catch(
    (error: unknown) => {
      throw new Error(`The informer does not come to equal the server: ${difference}.`, { cause: error });
    },
  );
}

/** Replays changes; throws where one does not follow from those before it. */
export function replay(changes: readonly Change<Kept>[]): Map<string, Kept> {
  const objects = new Map<string, Kept>();
  for (const change of changes) {
    const known = objects.get(change.key);
    if (change.type === 'added' && known !== undefined) throw new Error(`${change.key} is added twice`);
    if (change.type !== 'added' && known !== change.before)
      throw new Error(`${change.key} ${change.type} out of order`);
    if (change.type === 'deleted') objects.delete(change.key);
    else objects.set(change.key, change.after);
  }
  return objects;
}

export function frame(type: string, object: KubeObject): string {
  return `${JSON.stringify({ type, object })}\n`;
}

/** Writes an object, and waits until the informer has it. */
export async function seesNext(bench: InformerBench, name: string, value: string): Promise<void> {
  await bench.set(name, value);
  const arrived = (): boolean => bench.informer.get(`${bench.namespace}/${name}`)?.value === value;
  await waitUntil(arrived, { what: `the informer has ${name}=${value}`, deadlineMs: 20_000 });
}

export function watchIsOpen(bench: InformerBench): Promise<unknown> {
  return waitUntil(() => bench.proxy.open(isWatch()).length === 1, { what: 'a watch is open', deadlineMs: 10_000 });
}

/** Lets the informer deliver what it knows. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20));
}

/** Keeps requests to come from the server until released, so that the informer sees what happens meanwhile at once. */
export function holdRequests(bench: InformerBench): () => void {
  const hold = bench.proxy.rule({ match: () => true, action: { kind: 'reset' } });
  return () => hold.remove();
}
