import { EventReason, type ExternalSecret, ExternalSecretReason, parseExternalSecret } from '@esox/api';
import { ClusterError, type Informer, keyOf, type Result } from '@esox/cluster';
import type { Clock } from '@esox/core';
import {
  changeToken,
  decide,
  type Decision,
  describeEntry,
  entriesOf,
  fetchEntries,
  type FetchedEntry,
  plan,
  type Plan,
  type ReadRequest,
  shapeEntries,
  versionOf,
} from '@esox/core/engine';
import type { ControllerObserver } from '../observer.ts';
import type { StoreCatalog } from '../stores/store-catalog.ts';
import { type Failures, resultOf } from './failures.ts';
import type { Finalizer } from './finalizer.ts';
import { refuseUnserved } from './refusals.ts';
import { targetNameOf } from './secret-mutation.ts';
import { type SecretWriter, targetKeyOf } from './secret-writer.ts';
import type { StatusReporter, Success } from './status-reporter.ts';
import { intervalOf, nextRefresh } from './refresh-time.ts';
import { isForeign, laneIds, laneOf, type Lanes, lanesFor, phaseKeyOf } from './store-references.ts';
import type { SyncFactsStore } from './sync-facts.ts';
import type { TargetStates } from './target-states.ts';

export interface ExternalSecretOptions {
  readonly clock: Clock;
  readonly objects: Informer<ExternalSecret>;
  readonly stores: StoreCatalog;
  readonly targets: TargetStates;
  readonly facts: SyncFactsStore;
  readonly writer: SecretWriter;
  readonly reporter: StatusReporter;
  readonly finalizer: Finalizer;
  readonly failures: Failures;
  readonly observer: ControllerObserver;
}

/** Objects that failed for the same key and try again at about the same time share a read. */
const retryAgeMs = 500;

/** One pass: what was found out at its start. */
export interface Pass {
  readonly key: string;
  readonly object: ExternalSecret;
  readonly startedAt: number;
  readonly version: string;
  readonly cause: 'new' | 'spec' | 'forced' | 'reference' | 'drift' | 'interval';
  readonly signal: AbortSignal;
}

/** Keeps the Secret of an ExternalSecret equal to what its stores hold. */
export class ExternalSecretReconciler {
  readonly #options: ExternalSecretOptions;

  constructor(options: ExternalSecretOptions) {
    this.#options = options;
  }

  async reconcile(key: string, signal: AbortSignal): Promise<Result> {
    try {
      return await this.#reconcile(key, signal);
    } catch (error) {
      // What the API server refuses or does not answer is no bug of ours.
      if (ClusterError.is(error)) return resultOf(error);
      throw error;
    }
  }

  async #reconcile(key: string, signal: AbortSignal): Promise<Result> {
    const { objects, stores, finalizer, failures, clock } = this.#options;
    const stored = objects.get(key);
    if (!stored) return this.#forget(key);
    if (stored.metadata.deletionTimestamp) return finalizer.release(stored, signal);
    const parsed = parseExternalSecret(stored);
    if (!parsed.ok) return failures.unreadable(stored, parsed.problems, signal);
    const object = parsed.value;
    if (isForeign(object, stores)) return { type: 'done' };

    const startedAt = clock.now();
    const version = versionOf(object.metadata);
    const due = await this.#plan(object, version, signal);
    if (due.type !== 'due') return this.#rest(key, object, due);
    const pass = { key, object, startedAt, version, cause: due.cause, signal };
    try {
      await finalizer.ensure(object, signal);
      refuseUnserved(object);
      await this.#sync(pass);
      return this.#comeBack(pass);
    } catch (error) {
      if (ClusterError.is(error) && error.code === 'conflict') this.#disbelieve(pass);
      return failures.settle(pass, error);
    }
  }

  /** Somebody else wrote in between, or the server was set back: what is known of our own writes is void. */
  #disbelieve({ key, object }: Pass): void {
    this.#options.facts.update(key, object, { written: undefined });
    this.#options.targets.forget(targetKeyOf(object));
  }

  #forget(key: string): Result {
    this.#options.facts.forget(key);
    this.#options.observer.forgotten?.('externalsecret', key);
    return { type: 'done' };
  }

  /** Nothing is due now. */
  #rest(key: string, object: ExternalSecret, due: Exclude<Plan, { type: 'due' }>): Result {
    const at = due.type === 'wake' ? due.at : undefined;
    this.#options.facts.update(key, object, { nextAt: at });
    return at === undefined ? { type: 'done' } : { type: 'again', at, class: 'periodic' };
  }

  #comeBack({ key, object }: Pass): Result {
    const at = nextRefresh(object, this.#options.clock.now());
    this.#options.facts.update(key, object, { nextAt: at });
    return at === undefined ? { type: 'done' } : { type: 'again', at, class: 'periodic' };
  }

  async #plan(object: ExternalSecret, version: string, signal: AbortSignal): Promise<Plan> {
    const { facts, clock } = this.#options;
    const key = keyOf(object);
    const status = facts.statusOf(key, object);
    return plan({
      refreshPolicy: object.spec.refreshPolicy,
      refreshIntervalMs: intervalOf(object),
      syncWindows: object.spec.syncWindows,
      version,
      syncedVersion: status.syncedResourceVersion,
      refreshTime: status.refreshTime ? Date.parse(status.refreshTime) : undefined,
      targetValid: await this.#isTargetValid(object, signal),
      forced: facts.of(key, object).forced,
      phaseKey: phaseKeyOf(object),
      key,
      now: clock.now(),
    });
  }

  async #isTargetValid(object: ExternalSecret, signal: AbortSignal): Promise<boolean> {
    const { facts, targets } = this.#options;
    const { creationPolicy } = object.spec.target;
    if (creationPolicy === 'Orphan' || creationPolicy === 'None') return true;
    const key = targetKeyOf(object);
    if (!targets.exists(key)) return facts.of(keyOf(object), object).absentOnPurpose === true;
    return targets.isValid(key, signal);
  }

  async #sync(pass: Pass): Promise<void> {
    const { object, signal } = pass;
    const entries = entriesOf(object.spec);
    const lanes = await lanesFor(entries, this.#options.stores, object.metadata.namespace ?? '', signal);
    const request = { signal, ...this.#freshness(pass) };
    const fetched = await fetchEntries(entries, (selection) => laneOf(lanes, selection), request);
    const token = tokenOf(lanes, fetched);
    if (await this.#isUnchanged(pass, token)) return this.#reportSynced(pass, { token });
    const decision = this.#decide(object, fetched);
    await this.#carryOut(pass, decision, token);
  }

  /** A value that was read since the cause will do. What comes after this read is a cause of its own. */
  #freshness({ key, object, startedAt, cause }: Pass): Pick<ReadRequest, 'maxAgeMs' | 'since'> {
    const { causedAt = startedAt, failed } = this.#options.facts.of(key, object);
    this.#options.facts.update(key, object, { causedAt: undefined });
    const since = Math.min(causedAt, startedAt);
    if (cause === 'interval') return { maxAgeMs: Math.min(intervalOf(object) / 10, 30_000), since };
    return { maxAgeMs: failed ? retryAgeMs : 0, since };
  }

  /** The same places were read, they answered what they answered before, and the target is as it was written. */
  async #isUnchanged({ key, object, cause, signal }: Pass, token: string | undefined): Promise<boolean> {
    const { facts, targets, observer } = this.#options;
    const known = facts.of(key, object);
    if (cause !== 'interval' || known.token === undefined || known.absentOnPurpose) return false;
    // Under Orphan a target that is gone or was edited makes no object due, but what is due puts it right.
    const isWatched = object.spec.target.creationPolicy !== 'Orphan';
    const target = targetKeyOf(object);
    const valid = isWatched || (targets.exists(target) && (await targets.isValid(target, signal)));
    const unchanged = valid && known.token === this.#withTarget(object, token);
    if (unchanged) observer.writeAvoided?.('secret');
    return unchanged;
  }

  /** A target may be valid and yet not what was written: set back to what it was, hash and all. */
  #withTarget(object: ExternalSecret, token: string | undefined): string | undefined {
    return token && `${token} ${this.#options.targets.hashOf(targetKeyOf(object))}`;
  }

  #decide(object: ExternalSecret, fetched: readonly FetchedEntry[]): Decision {
    const now = this.#options.objects.get(keyOf(object));
    return decide({
      shaped: shapeEntries(fetched),
      deletionPolicy: object.spec.target.deletionPolicy,
      creationPolicy: object.spec.target.creationPolicy,
      generationRead: object.metadata.generation ?? 0,
      generationNow: now?.metadata.generation ?? 0,
    });
  }

  async #carryOut(pass: Pass, decision: Decision, token: string | undefined): Promise<void> {
    switch (decision.type) {
      case 'fail':
        throw decision.error;
      case 'retain': {
        const message = 'the external system has nothing; the Secret was left as it is, as deletionPolicy Retain says';
        return this.#reportSynced(pass, { message, absentOnPurpose: true });
      }
      case 'delete':
        this.#noteMissing(pass.object, decision);
        return this.#delete(pass);
      case 'apply':
        this.#noteMissing(pass.object, decision);
        return this.#apply(pass, decision, token);
    }
  }

  async #apply(pass: Pass, { data }: Decision & { type: 'apply' }, token: string | undefined): Promise<void> {
    const { object, signal } = pass;
    const { writer, observer, facts, clock } = this.#options;
    // After a restart nothing is known of the last read, but the hash beside the data still tells.
    if (pass.cause === 'interval' && writer.holds(object, data)) {
      observer.writeAvoided?.('secret');
      return this.#reportSynced(pass, { token });
    }
    const outcome = await writer.apply(object, data, signal);
    if (outcome === 'absent' && object.spec.target.creationPolicy === 'Merge') {
      const message = `the Secret "${targetNameOf(object)}" does not exist and is not created, as creationPolicy Merge says`;
      return this.#reportSynced(pass, { reason: ExternalSecretReason.secretMissing, message, absentOnPurpose: true });
    }
    if (outcome === 'created' || outcome === 'updated') facts.update(pass.key, object, { changedAt: clock.now() });
    const binding = outcome === 'absent' ? undefined : targetNameOf(object);
    await this.#reportSynced(pass, { binding, token });
  }

  async #delete(pass: Pass): Promise<void> {
    await this.#options.writer.delete(pass.object, pass.signal);
    const message = 'every key is gone at the external system; the Secret was deleted, as deletionPolicy Delete says';
    await this.#reportSynced(pass, { reason: ExternalSecretReason.secretDeleted, message, absentOnPurpose: true });
  }

  async #reportSynced(
    pass: Pass,
    report: Partial<Success> & { token?: string | undefined; absentOnPurpose?: boolean },
  ): Promise<void> {
    const { key, object, startedAt, version, signal } = pass;
    const { reason = ExternalSecretReason.secretSynced, message = 'the Secret is in sync', binding } = report;
    await this.#options.reporter.success(object, { reason, message, refreshTime: startedAt, version, binding }, signal);
    this.#options.facts.update(key, object, {
      token: this.#withTarget(object, report.token),
      absentOnPurpose: report.absentOnPurpose ?? false,
      failed: false,
      forced: undefined,
    });
  }

  #noteMissing(object: ExternalSecret, { missing }: Extract<Decision, { missing: unknown }>): void {
    for (const { entry } of missing) {
      const message = `${describeEntry(entry)} does not exist in the external system and was skipped`;
      this.#options.reporter.note(object, { type: 'Normal', reason: EventReason.missingProviderSecret, message });
    }
  }
}

/** Digest of what was read and of where; undefined where it cannot be told. */
function tokenOf(lanes: Lanes, fetched: readonly FetchedEntry[]): string | undefined {
  const token = changeToken(fetched);
  const ids = laneIds(lanes);
  return token === undefined || ids === undefined ? undefined : `${ids} ${token}`;
}
