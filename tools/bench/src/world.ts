import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installCustomResourceDefinition, startKubeApiServer, type ApiServer } from '@esox/testbed';
import type { BenchOptions } from './arguments.ts';
import { customResourceDefinitions } from './custom-resource-definitions.ts';
import { ExternalSecretWatch } from './external-secret-watch.ts';
import { forEachAtOnce, KubePool } from './kube-pool.ts';
import {
  clusterSecretStore,
  credentialSecret,
  externalSecret,
  externalSecretsIn,
  secretsIn,
  type StoreOptions,
  stores,
  systemNamespace,
} from './manifests.ts';
import { operatorRights } from './operator-rights.ts';
import { namespacesOf, plannedObjects, propertyNames, type PlannedObject } from './planned-objects.ts';
import type { Progress } from './progress.ts';
import { startVaultStandIn, type VaultStandIn } from './vault/vault-stand-in.ts';

export interface BenchContext {
  readonly options: BenchOptions;
  readonly progress: Progress;
  /** Aborted when the user wants the bench to end. */
  readonly signal: AbortSignal;
}

/** Servers of its own with all objects in them, and no operator yet. */
export interface World extends AsyncDisposable {
  readonly api: ApiServer;
  readonly vault: VaultStandIn;
  readonly admin: KubePool;
  readonly objects: readonly PlannedObject[];
  readonly watch: ExternalSecretWatch;
  /** The operator's user, as the audit log has it. */
  readonly user: string;
  readonly kubeconfigPath: string;
  readonly folder: string;
}

const adminConnections = 16;

export async function createWorld(context: BenchContext): Promise<World> {
  await using started = new AsyncDisposableStack();
  const { options, progress, signal } = context;
  progress.show('starting etcd, kube-apiserver and the stand-in for Vault');
  const folder = await mkdtemp(join(tmpdir(), 'esox-bench-'));
  started.defer(() => rm(folder, { recursive: true, force: true }));
  const api = started.use(await startKubeApiServer());
  const vault = started.use(await startVaultStandIn({ latencyMs: options.latencyMs, rateLimit: options.rateLimit }));
  const { url, caPem, adminToken: token } = api;
  const admin = started.use(new KubePool({ url, caPem, token, connections: adminConnections }));
  signal.throwIfAborted();
  progress.show('installing the CustomResourceDefinitions');
  for (const definition of await customResourceDefinitions(options.crdsFile)) {
    await installCustomResourceDefinition(api.client, definition);
  }
  const objects = plannedObjects(options);
  await populate({ context, admin, vault, objects });
  const { user, kubeconfigPath } = await operatorUser(api, folder);
  const watch = started.use(new ExternalSecretWatch(api.client, objects));
  const resources = started.move();
  const dispose = (): Promise<void> => resources.disposeAsync();
  return { api, vault, admin, objects, watch, user, kubeconfigPath, folder, [Symbol.asyncDispose]: dispose };
}

interface Population {
  readonly context: BenchContext;
  readonly admin: KubePool;
  readonly vault: VaultStandIn;
  readonly objects: readonly PlannedObject[];
}

async function populate({ context, admin, vault, objects }: Population): Promise<void> {
  const { options, progress, signal } = context;
  for (const key of new Set(objects.map((object) => object.key))) changeKey(vault, key, options);
  for (const name of [systemNamespace, ...namespacesOf(objects)]) {
    const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
    await admin.send({ method: 'POST', path: '/api/v1/namespaces', body });
  }
  await admin.send({ method: 'POST', path: secretsIn(systemNamespace), body: credentialSecret(vault) });
  const { url: server, roleId } = vault;
  await createStore(admin, { name: stores.answering, server, roleId, method: options.auth });
  let made = 0;
  await forEachAtOnce(objects, adminConnections, async (object) => {
    signal.throwIfAborted();
    const body = externalSecret(object, options);
    await admin.send({ method: 'POST', path: externalSecretsIn(object.namespace), body });
    made += 1;
    progress.show(`making ExternalSecrets: ${made} of ${objects.length}`);
  });
}

export async function createStore(admin: KubePool, options: StoreOptions): Promise<void> {
  const path = '/apis/external-secrets.io/v1/clustersecretstores';
  await admin.send({ method: 'POST', path, body: clusterSecretStore(options) });
}

/** Gives the key new values, the first ones too. */
export function changeKey(vault: VaultStandIn, key: string, options: BenchOptions): void {
  const values = propertyNames(options).map((property) => [property, randomBytes(24).toString('base64url')]);
  vault.engine.put(key, Object.fromEntries(values));
}

async function operatorUser(api: ApiServer, folder: string): Promise<{ user: string; kubeconfigPath: string }> {
  const { user, token } = await api.createUser({
    namespace: systemNamespace,
    name: 'operator',
    clusterRules: operatorRights,
    expirationSeconds: 24 * 60 * 60,
  });
  const kubeconfigPath = join(folder, 'kubeconfig.json');
  await writeFile(kubeconfigPath, api.kubeconfig({ token }), { mode: 0o600 });
  return { user, kubeconfigPath };
}
