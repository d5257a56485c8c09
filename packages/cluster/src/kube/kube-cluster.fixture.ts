import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ApiServerAccess, testbed } from '@esox/testbed';
import type { Clock } from '../clock.ts';
import type { KubernetesObject, ResourceType } from '../port.ts';
import { findConnection } from './find-connection.ts';
import { connectKube, type KubeCluster, type KubeOptions } from './kube-cluster.ts';
import type { KubeObserver } from './observer.ts';

export const systemClock: Clock = {
  now: () => Date.now(),
  async sleep(ms, signal) {
    try {
      await sleep(ms, undefined, signal === undefined ? {} : { signal });
    } catch (error) {
      throw signal?.aborted ? signal.reason : error;
    }
  },
};

export const SECRETS: ResourceType = { group: '', version: 'v1', kind: 'Secret', plural: 'secrets', namespaced: true };
export const CONFIG_MAPS: ResourceType = {
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  namespaced: true,
};
export const NAMESPACES: ResourceType = {
  group: '',
  version: 'v1',
  kind: 'Namespace',
  plural: 'namespaces',
  namespaced: false,
};

export interface ConfigMap extends KubernetesObject {
  data?: Record<string, string>;
}

export function configMap(namespace: string, name: string, data: Record<string, string> = {}): ConfigMap {
  return { metadata: { namespace, name }, data };
}

export type RequestEvent = Parameters<NonNullable<KubeObserver['request']>>[0];
export type FailureEvent = Parameters<NonNullable<KubeObserver['watchFailed']>>[0];

/** Keeps what an observer is told. */
export class Recorder implements KubeObserver {
  readonly requests: RequestEvent[] = [];
  readonly warnings: string[] = [];
  readonly relists: string[] = [];
  readonly failures: FailureEvent[] = [];
  readonly listenerErrors: unknown[] = [];

  request(event: RequestEvent): void {
    this.requests.push(event);
  }

  warning(text: string): void {
    this.warnings.push(text);
  }

  relisted({ reason }: { reason: string }): void {
    this.relists.push(reason);
  }

  watchFailed(event: FailureEvent): void {
    this.failures.push(event);
  }

  listenerFailed({ error }: { error: unknown }): void {
    this.listenerErrors.push(error);
  }
}

export interface TestCluster extends AsyncDisposable {
  readonly cluster: KubeCluster;
  readonly observed: Recorder;
}

export interface TestClusterOptions extends Partial<KubeOptions> {
  /** A fault proxy's, for example. */
  readonly url?: string;
  readonly token?: string;
  readonly access?: ApiServerAccess;
}

/** A cluster that is connected through a kubeconfig file, as a user's is. The test's signal ends nothing by itself. */
export async function openCluster(options: TestClusterOptions = {}): Promise<TestCluster> {
  const { url, token, access = testbed().kubernetes, ...kube } = options;
  const observed = new Recorder();
  const kubeconfig = access.kubeconfig({
    ...(url === undefined ? {} : { url }),
    ...(token === undefined ? {} : { token }),
  });
  const connection = kube.connection ?? (await connectionFrom(kubeconfig));
  const cluster = connectKube({
    clock: systemClock,
    userAgent: 'esox/test',
    fieldManager: 'esox',
    observer: observed,
    ...kube,
    connection,
  });
  return { cluster, observed, [Symbol.asyncDispose]: () => cluster.close() };
}

export type TestConnection = NonNullable<Awaited<ReturnType<typeof findConnection>>>;

async function connectionFrom(kubeconfig: string): Promise<TestConnection> {
  const folder = await mkdtemp(join(tmpdir(), 'esox-cluster-'));
  try {
    const path = join(folder, 'kubeconfig');
    await writeFile(path, kubeconfig);
    const connection = await findConnection({ clock: systemClock, environment: {}, kubeconfig: path });
    if (connection === undefined) throw new Error('the kubeconfig leads nowhere');
    return connection;
  } finally {
    await rm(folder, { recursive: true });
  }
}
