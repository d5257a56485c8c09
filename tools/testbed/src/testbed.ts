import { serverBinary } from './build.ts';
import { startEtcd } from './etcd.ts';
import { startKubeApiServer } from './kube-apiserver.ts';
import type { ApiServerConnection } from './kube-access.ts';
import { defaultServers } from './server-table.ts';
import { startVault } from './vault.ts';
import type { VaultConnection } from './vault-client.ts';

/** How to reach all servers; plain data, so that it can be handed to another process. */
export interface TestbedConnections {
  etcd: { url: string };
  kubernetes: ApiServerConnection;
  vault: VaultConnection;
}

export interface RunningTestbed extends AsyncDisposable {
  readonly connections: TestbedConnections;
  stop(): Promise<void>;
}

/** Builds what is missing, one after the other, then starts all servers side by side. */
export async function startTestbed(): Promise<RunningTestbed> {
  for (const name of defaultServers) await serverBinary(name);
  await using started = new AsyncDisposableStack();
  const startAll = async () => {
    const etcd = started.use(await startEtcd());
    const kubernetes = started.use(await startKubeApiServer({ etcdUrl: etcd.url }));
    return { etcd, kubernetes };
  };
  const results = await Promise.allSettled([startAll(), startVault().then((vault) => started.use(vault))]);
  const [kubernetes, vault] = results;
  if (kubernetes.status === 'rejected') throw kubernetes.reason;
  if (vault.status === 'rejected') throw vault.reason;
  const connections = connectionsOf({ ...kubernetes.value, vault: vault.value });
  // Nothing failed: from here on the caller disposes.
  const owned = started.move();
  const stop = (): Promise<void> => owned.disposeAsync();
  return { connections, stop, [Symbol.asyncDispose]: stop };
}

/** Picks the plain data: the servers' functions cannot be handed to another process. */
function connectionsOf(servers: {
  etcd: { url: string };
  kubernetes: ApiServerConnection;
  vault: VaultConnection;
}): TestbedConnections {
  const { vault } = servers;
  const { url, caPem, adminToken, kubeconfigPath, auditLogPath, serviceAccountPublicKeyPem } = servers.kubernetes;
  return {
    etcd: { url: servers.etcd.url },
    kubernetes: { url, caPem, adminToken, kubeconfigPath, auditLogPath, serviceAccountPublicKeyPem },
    vault: { url: vault.url, tlsUrl: vault.tlsUrl, caPem: vault.caPem, rootToken: vault.rootToken },
  };
}
