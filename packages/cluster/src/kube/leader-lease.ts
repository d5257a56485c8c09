import type { Clock } from '../clock.ts';
import { ClusterError } from '../errors.ts';
import type { Cluster, KubernetesObject, ResourceType } from '../port.ts';

export interface LeaderLeaseOptions {
  /** A connection of the lease's own, so that nothing else holds a renewal up. */
  readonly cluster: Cluster;
  readonly clock: Clock;
  /** Milliseconds of a clock that nobody sets. */
  readonly monotonic: () => number;
  readonly namespace: string;
  readonly name: string;
  /** Of this replica; no other may have it, not even an earlier process of the same Pod. */
  readonly identity: string;
  /** A lease that is not renewed for so long is taken over. Longer than `renewDeadlineMs`. */
  readonly leaseDurationMs: number;
  /** A holder that cannot renew for so long gives up. Longer than `retryPeriodMs`. */
  readonly renewDeadlineMs: number;
  readonly retryPeriodMs: number;
  /** Between 0 and 1; for jitter. */
  readonly random?: () => number;
  /** A try failed; the next follows. */
  readonly onFailure?: (error: unknown) => void;
}

export interface LeaseSpec {
  holderIdentity?: string;
  leaseDurationSeconds?: number;
  acquireTime?: string;
  renewTime?: string;
  leaseTransitions?: number;
}

export interface Lease extends KubernetesObject {
  spec?: LeaseSpec;
}

export const LEASES: ResourceType = {
  group: 'coordination.k8s.io',
  version: 'v1',
  kind: 'Lease',
  plural: 'leases',
  namespaced: true,
};

/** By how much at most a wait for somebody else's lease is longer than the period, as a part of it. */
const WAIT_JITTER = 1.2;

/**
 * One replica's part in an election on a Lease, in the way of Kubernetes' own components: whoever holds it renews it,
 * and it is taken over when it has not changed for as long as it says. Others' clocks are never compared with ours.
 */
export class LeaderLease {
  readonly #options: LeaderLeaseOptions;
  readonly #stopped = new AbortController();
  readonly #lost = Promise.withResolvers<void>();
  /** The lease as it was seen last, and when it was first seen so. */
  #seen: { readonly lease: Lease; readonly at: number } | undefined;
  /** Until when a write is surely ours: in both clocks, since one of them stands still while a machine sleeps. */
  #held: { readonly monotonic: number; readonly wall: number } | undefined;
  #renewing: Promise<void> | undefined;

  constructor(options: LeaderLeaseOptions) {
    this.#options = options;
  }

  /** Resolves when somebody else has it, or may have it. Never after `release`. */
  get lost(): Promise<void> {
    return this.#lost.promise;
  }

  /**
   * Whether a write that leaves now arrives while the lease is ours. False before others may take it over, so that a
   * request on its way has time to arrive.
   */
  isHeld(): boolean {
    const { monotonic, clock } = this.#options;
    return this.#held !== undefined && monotonic() < this.#held.monotonic && clock.now() < this.#held.wall;
  }

  /** Resolves when the lease is ours; from then on it is renewed. Rejects with the signal's reason only. */
  async acquire(signal: AbortSignal): Promise<void> {
    const { clock, retryPeriodMs, random = Math.random } = this.#options;
    while (!(await this.#try(signal))) await clock.sleep(retryPeriodMs * (1 + WAIT_JITTER * random()), signal);
    this.#renewing = this.#renew();
  }

  /** Stops renewing and lets the next replica have the lease at once. Nothing may be written any more. */
  async release(signal: AbortSignal): Promise<void> {
    this.#stopped.abort();
    await this.#renewing;
    const lease = this.#seen?.lease;
    const mayHold = this.#held !== undefined && lease?.spec?.holderIdentity === this.#options.identity;
    this.#held = undefined;
    if (!mayHold) return;
    const now = microTime(this.#options.clock.now());
    const times = { acquireTime: now, renewTime: now, leaseDurationSeconds: 1 };
    try {
      await this.#options.cluster.update(LEASES, withSpec(lease, { ...lease.spec, ...times, holderIdentity: '' }), {
        signal,
      });
    } catch (error) {
      // The others wait until it ends by itself.
      this.#options.onFailure?.(error);
    }
  }

  async #renew(): Promise<void> {
    const { clock, monotonic, retryPeriodMs, renewDeadlineMs } = this.#options;
    const { signal } = this.#stopped;
    for (let renewedAt = monotonic(); ;) {
      await clock.sleep(retryPeriodMs, signal).catch(() => undefined);
      if (signal.aborted) return;
      const startedAt = monotonic();
      // After a stop of the whole process, the first thing to look at.
      const isInTime = startedAt - renewedAt < renewDeadlineMs;
      if (isInTime && (await this.#try(signal).catch(() => false))) renewedAt = startedAt;
      if (signal.aborted) return;
      if (this.#isOthers() || monotonic() - renewedAt >= renewDeadlineMs) return this.#lose();
    }
  }

  #lose(): void {
    this.#held = undefined;
    this.#lost.resolve();
  }

  /** True when the lease is ours now. */
  async #try(signal: AbortSignal): Promise<boolean> {
    try {
      return await this.#acquireOrRenew(signal);
    } catch (error) {
      signal.throwIfAborted();
      this.#options.onFailure?.(error);
      return false;
    }
  }

  async #acquireOrRenew(signal: AbortSignal): Promise<boolean> {
    // A holder knows the lease: one request. Whoever does not hold it looks first.
    if (this.#held && (await this.#write(signal))) return true;
    await this.#look(signal);
    return this.#isOthers() ? false : await this.#write(signal);
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { cluster, namespace, name, monotonic } = this.#options;
    const lease = await cluster.get<Lease>(LEASES, { namespace, name }, { signal });
    if (!lease) this.#seen = undefined;
    else if (lease.metadata.resourceVersion !== this.#seen?.lease.metadata.resourceVersion)
      this.#seen = { lease, at: monotonic() };
  }

  /** Somebody else holds it, for all that is known. */
  #isOthers(): boolean {
    if (!this.#seen) return false;
    const { holderIdentity, leaseDurationSeconds } = this.#seen.lease.spec ?? {};
    if (!holderIdentity || holderIdentity === this.#options.identity) return false;
    const durationMs =
      leaseDurationSeconds === undefined ? this.#options.leaseDurationMs : leaseDurationSeconds * 1_000;
    return this.#options.monotonic() < this.#seen.at + durationMs;
  }

  /** False when somebody else was faster. */
  async #write(signal: AbortSignal): Promise<boolean> {
    const { cluster, clock, monotonic, namespace, name } = this.#options;
    const [startedAt, startedAtWall] = [monotonic(), clock.now()];
    const seen = this.#seen?.lease;
    try {
      const lease = seen
        ? await cluster.update(LEASES, withSpec(seen, this.#spec(seen.spec)), { signal })
        : await cluster.create<Lease>(LEASES, { metadata: { namespace, name }, spec: this.#spec() }, { signal });
      this.#seen = { lease, at: startedAt };
    } catch (error) {
      if (ClusterError.is(error) && ['conflict', 'already-exists', 'not-found'].includes(error.code)) return false;
      throw error;
    }
    const { renewDeadlineMs } = this.#options;
    this.#held = { monotonic: startedAt + renewDeadlineMs, wall: startedAtWall + renewDeadlineMs };
    return true;
  }

  #spec(before: LeaseSpec = {}): LeaseSpec {
    const { identity, leaseDurationMs, clock } = this.#options;
    const now = microTime(clock.now());
    const isOurs = before.holderIdentity === identity;
    const isTakenOver = before.holderIdentity !== undefined && !isOurs;
    return {
      holderIdentity: identity,
      leaseDurationSeconds: Math.max(1, Math.round(leaseDurationMs / 1_000)),
      acquireTime: (isOurs ? before.acquireTime : undefined) ?? now,
      renewTime: now,
      leaseTransitions: (before.leaseTransitions ?? 0) + (isTakenOver ? 1 : 0),
    };
  }
}

function withSpec(lease: Lease, spec: LeaseSpec): Lease {
  return { ...lease, spec };
}

/** As Kubernetes wants it: with six decimals. */
function microTime(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000Z');
}
