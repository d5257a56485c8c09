export type { AccessDecision } from './access-review.ts';
export type { Connection, Credentials, CredentialSource } from './connection.ts';
export { findConnection, type FindConnectionOptions } from './find-connection.ts';
export { connectKube, type KubeCluster, type KubeOptions } from './kube-cluster.ts';
export { LeaderLease, type LeaderLeaseOptions } from './leader-lease.ts';
export type { ListWatchOptions } from './list-watch.ts';
export type { KubeObserver, RelistReason } from './observer.ts';
