export type { Backoff } from './backoff.ts';
export type { Clock } from './clock.ts';
export { ClusterError, type ClusterErrorCode } from './errors.ts';
export * from './port.ts';
export type { QueueClass, Reconcile, Result } from './queue/queue.ts';
export type { AgeingOptions } from './queue/waiting-list.ts';
export { type FinishedPass, WorkQueue, type WorkQueueOptions, type WorkQueueStats } from './queue/work-queue.ts';
