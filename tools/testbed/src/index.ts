export { serverBinary } from './build.ts';
export { defaultServers, serverTable, type ServerName } from './server-table.ts';
export { startEtcd, type Etcd } from './etcd.ts';
export { startKubeApiServer, type ApiServer, type ApiServerOptions } from './kube-apiserver.ts';
export type { TokenUser } from './kube-apiserver-files.ts';
export {
  startControllerManager,
  type ControllerManager,
  type ControllerManagerOptions,
} from './kube-controller-manager.ts';
export { apiServerAccess, type ApiServerAccess, type ApiServerConnection } from './kube-access.ts';
export {
  kubeClient,
  type KubeAnswer,
  type KubeClient,
  type KubeClientOptions,
  type KubeObject,
  type KubeRequest,
} from './kube-client.ts';
export { installCustomResourceDefinition } from './custom-resource-definition.ts';
export type { AuditedRequest, AuditFilter } from './audit-log.ts';
export type { PolicyRule, ServiceAccountUser, ServiceAccountUserInput } from './service-account-user.ts';
export type { NamespaceInput } from './test-namespace.ts';
export { startVault, type Vault } from './vault.ts';
export {
  vaultAccess,
  type VaultAccess,
  type VaultAnswer,
  type VaultBody,
  type VaultConnection,
  type VaultRequestOptions,
} from './vault-client.ts';
export { startFaultProxy, type FaultProxy, type FaultProxyOptions } from './fault-proxy.ts';
export {
  isWatch,
  statusAnswer,
  type FaultAction,
  type FaultRule,
  type InstalledRule,
  type ProxiedRequest,
  type RequestMatch,
} from './fault-rule.ts';
export { startTestbed, type RunningTestbed, type TestbedConnections } from './testbed.ts';
export { testbed, type Testbed } from './connect.ts';
export { withLock } from './build-lock.ts';
export { waitUntil, type WaitOptions } from './wait-until.ts';
export { watchOver } from './orphan-watch.ts';
