import type { ExternalSecret } from '@esox/api';
import { keyOf, type Result } from '@esox/cluster';
import type { Clock } from '@esox/core';
import { parseDuration } from '@esox/core/duration';
import { nextSlot, plan, type Plan, type ReadRequest, spread } from '@esox/core/engine';
import type { Pass } from './reconcile.ts';
import type { Repairs } from './repairs.ts';
import { targetKeyOf } from './secret-writer.ts';
import { phaseKeyOf } from './store-references.ts';
import type { SyncFactsStore } from './sync-facts.ts';
import type { TargetStates } from './target-states.ts';

export interface RefreshesOptions {
  readonly clock: Clock;
  readonly facts: SyncFactsStore;
  readonly targets: TargetStates;
  readonly repairs: Repairs;
}

/** Also the resolution of `refreshTime`. */
const shortestIntervalMs = 1_000;

/** Objects that failed for the same key and try again at about the same time share a read. */
const retryAgeMs = 500;

/** When an object is due, how fresh its values must be then, and when it is looked at again. */
export class Refreshes {
  readonly #options: RefreshesOptions;

  constructor(options: RefreshesOptions) {
    this.#options = options;
  }

  async plan(object: ExternalSecret, version: string, signal: AbortSignal): Promise<Plan> {
    const { facts, clock } = this.#options;
    const key = keyOf(object);
    const status = facts.statusOf(key, object);
    const absent = this.#isAbsentOnPurpose(object, version);
    const due = plan({
      // What was left absent is looked for at each interval, whatever the policy and the windows say of what is there.
      refreshPolicy: absent ? 'Periodic' : object.spec.refreshPolicy,
      syncWindows: absent ? undefined : object.spec.syncWindows,
      refreshIntervalMs: intervalOf(object),
      version,
      syncedVersion: status.syncedResourceVersion,
      refreshTime: status.refreshTime ? Date.parse(status.refreshTime) : undefined,
      targetValid: absent || (await this.#isTargetValid(object, signal)),
      forced: facts.of(key, object).forced,
      phaseKey: phaseKeyOf(object),
      key,
      now: clock.now(),
    });
    if (due.type !== 'due' || due.cause !== 'drift' || status.syncedResourceVersion !== version) return due;
    const at = this.#options.repairs.next(object);
    return at === undefined ? due : { type: 'wake', at };
  }

  /** A value that was read since the cause will do. What comes after this read is a cause of its own. */
  freshness({ key, object, startedAt, cause }: Pass): Pick<ReadRequest, 'maxAgeMs' | 'since'> {
    const { causedAt, failed } = this.#options.facts.of(key, object);
    this.#options.facts.update(key, object, { causedAt: undefined });
    const since = Math.min(causedAt ?? startedAt, startedAt);
    if (cause === 'interval') return { maxAgeMs: Math.min(intervalOf(object) / 10, 30_000), since };
    // Whoever puts right what failed and says so must not get the answer from before.
    const isRetry = failed === true && causedAt === undefined;
    return { maxAgeMs: isRetry ? retryAgeMs : 0, since };
  }

  /** Nothing is due now. */
  rest(object: ExternalSecret, due: Exclude<Plan, { type: 'due' }>): Result {
    // What was a cause has been looked at: it says nothing about what is read later.
    this.#options.facts.update(keyOf(object), object, { causedAt: undefined });
    return this.#at(object, due.type === 'wake' ? due.at : undefined);
  }

  /** The object was just synced. */
  comeBack(object: ExternalSecret, version: string): Result {
    const { refreshPolicy = 'Periodic' } = object.spec;
    const isPeriodic = refreshPolicy === 'Periodic' || this.#isAbsentOnPurpose(object, version);
    return this.#at(object, isPeriodic ? this.#nextSlot(object) : undefined);
  }

  #at(object: ExternalSecret, at: number | undefined): Result {
    this.#options.facts.update(keyOf(object), object, { nextAt: at });
    return at === undefined ? { type: 'done' } : { type: 'again', at, class: 'periodic' };
  }

  #nextSlot(object: ExternalSecret): number | undefined {
    const intervalMs = intervalOf(object);
    if (intervalMs <= 0) return undefined;
    const phaseKey = phaseKeyOf(object);
    const offsetMs = spread(keyOf(object), phaseKey, intervalMs);
    return nextSlot({ phaseKey, intervalMs, from: this.#options.clock.now(), offsetMs });
  }

  /** The last sync of this very version left the target absent. */
  #isAbsentOnPurpose(object: ExternalSecret, version: string): boolean {
    const { facts, targets } = this.#options;
    return facts.of(keyOf(object), object).absentFor === version && !targets.exists(targetKeyOf(object));
  }

  async #isTargetValid(object: ExternalSecret, signal: AbortSignal): Promise<boolean> {
    const { targets } = this.#options;
    const { creationPolicy } = object.spec.target;
    if (creationPolicy === 'Orphan' || creationPolicy === 'None') return true;
    const key = targetKeyOf(object);
    return targets.exists(key) && targets.isValid(key, signal);
  }
}

/** Ms; 0 or less where values are read only once. */
function intervalOf(object: ExternalSecret): number {
  const interval = parseDuration(object.spec.refreshInterval) ?? 0;
  return interval > 0 ? Math.max(interval, shortestIntervalMs) : interval;
}
