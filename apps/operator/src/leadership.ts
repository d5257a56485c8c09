import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { type KubeCluster, LeaderLease } from '@esox/cluster/kube';
import { systemClock } from '@esox/core/host';
import type { OperatorLog } from './log/log.ts';
import { watchLeader } from './metrics/controller-metrics.ts';
import type { Metrics } from './metrics/metrics.ts';
import type { LeaderElectionSettings } from './settings/settings.ts';

export interface Candidate {
  readonly settings: LeaderElectionSettings;
  /** Of the operator's own Pod. */
  readonly namespace: string;
  readonly cluster: KubeCluster;
  readonly metrics: Metrics;
  readonly logger: OperatorLog;
}

/** Another replica may be working: this one must not go on. */
export class LeadershipLost extends Error {
  override readonly name = 'LeadershipLost';
}

/** This replica's part in the election; it has asked for nothing yet. */
export function joinElection({ settings, namespace, cluster, metrics, logger }: Candidate): LeaderLease {
  const lease = new LeaderLease({
    ...settings,
    namespace,
    cluster,
    clock: systemClock,
    monotonic: () => performance.now(),
    identity: `${hostname()}_${randomUUID()}`,
    onFailure: (error) => logger.warn({ lease: settings.name, error }, 'the Lease could not be read or written'),
  });
  watchLeader(metrics, settings.name, () => lease.isHeld());
  return lease;
}
