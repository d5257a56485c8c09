export { ClusterError, type ClusterErrorCode } from './errors.ts';
export * from './port.ts';
export type { QueueClass, Reconcile, Result } from './queue/queue.ts';
