import { EventReason, type ExternalSecret, ExternalSecretReason, parseExternalSecret } from '@esox/api';
import { ClusterError, type Informer, keyOf, type Result } from '@esox/cluster';
import type { Clock, Sealed } from '@esox/core';
import {
  changeToken,
  decide,
  type Decision,
  describeEntry,
  entriesOf,
  fetchEntries,
  type FetchedEntry,
  type ShapedEntry,
  shapeEntries,
  versionOf,
} from '@esox/core/engine';
import type { ControllerObserver } from '../observer.ts';
import type { StoreCatalog } from '../stores/store-catalog.ts';
import { type Failures, resultOf } from './failures.ts';
import type { Finalizer } from './finalizer.ts';
import { dataOf } from './plain-template.ts';
import { refuseUnserved } from './refusals.ts';
import { targetNameOf } from './secret-mutation.ts';
import { type SecretWriter, targetKeyOf } from './secret-writer.ts';
import type { StatusReporter, Success } from './status-reporter.ts';
import type { Refreshes } from './refreshes.ts';
import { isForeign, laneIds, laneOf, type Lanes, lanesFor } from './store-references.ts';
import type { SyncFacts, SyncFactsStore } from './sync-facts.ts';
import { TargetError } from './target-error.ts';
import type { TargetStates } from './target-states.ts';

export interface ExternalSecretOptions {
  readonly clock: Clock;
  readonly steady: Clock;
  readonly objects: Informer<ExternalSecret>;
  readonly stores: StoreCatalog;
  readonly targets: TargetStates;
  readonly facts: SyncFactsStore;
  readonly refreshes: Refreshes;
  readonly writer: SecretWriter;
  readonly reporter: StatusReporter;
  readonly finalizer: Finalizer;
  readonly failures: Failures;
  readonly observer: ControllerObserver;
}

/** One pass: what was found out at its start. */
export interface Pass {
  readonly key: string;
  readonly object: ExternalSecret;
  /** Of the steady clock. */
  readonly startedAt: number;
  /** The same in ms since the epoch. */
  readonly refreshTime: number;
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
    const { objects, stores, finalizer, failures, refreshes, clock, steady } = this.#options;
    const stored = objects.get(key);
    if (!stored) return this.#forget(key);
    if (stored.metadata.deletionTimestamp) return finalizer.release(stored, signal);
    const parsed = parseExternalSecret(stored);
    if (!parsed.ok) return failures.unreadable(stored, parsed.problems, signal);
    const object = parsed.value;
    if (isForeign(object, stores)) return this.#leave(key, object);

    const [startedAt, refreshTime] = [steady.now(), clock.now()];
    const version = versionOf(object.metadata);
    const due = await refreshes.plan(object, version, signal);
    if (due.type !== 'due') return refreshes.rest(object, due);
    const pass = { key, object, startedAt, refreshTime, version, cause: due.cause, signal };
    try {
      await finalizer.ensure(object, signal);
      refuseUnserved(object);
      await this.#sync(pass);
      return refreshes.comeBack(object, version);
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

  /** It comes again when one of its stores changes. */
  #leave(key: string, object: ExternalSecret): Result {
    this.#options.facts.update(key, object, { left: true });
    return { type: 'done' };
  }

  #forget(key: string): Result {
    this.#options.facts.forget(key);
    this.#options.observer.forgotten?.('externalsecret', key);
    return { type: 'done' };
  }

  async #sync(pass: Pass): Promise<void> {
    const { object, signal } = pass;
    const { stores, writer, refreshes } = this.#options;
    await writer.mark(object, signal);
    const entries = entriesOf(object.spec);
    const lanes = await lanesFor(entries, stores, object.metadata.namespace ?? '', signal);
    const request = { signal, ...refreshes.freshness(pass) };
    const fetched = await fetchEntries(entries, (selection) => laneOf(lanes, selection), request);
    const token = tokenOf(lanes, fetched);
    if (this.#isUnchanged(pass, token)) return this.#reportSynced(pass, { token });
    const decision = this.#decide(object, fetched);
    await this.#carryOut(pass, decision, token);
  }

  /** The same places were read, they answered what they answered before, and the target is as it was left then. */
  #isUnchanged({ key, object, cause }: Pass, token: string | undefined): boolean {
    const { facts, observer } = this.#options;
    const known = facts.of(key, object).token;
    const unchanged = cause === 'interval' && known !== undefined && known === token && this.#isTargetUntouched(object);
    if (unchanged) observer.writeAvoided?.('secret');
    return unchanged;
  }

  /** Nobody has written the target since our last sync left it, not even its labels. */
  #isTargetUntouched(object: ExternalSecret): boolean {
    const { facts, targets } = this.#options;
    const { target } = facts.of(keyOf(object), object);
    return target !== undefined && target === targets.versionOf(targetKeyOf(object));
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
    if ('missing' in decision) this.#noteMissing(pass.object, decision.missing);
    switch (decision.type) {
      case 'fail':
        throw decision.error;
      case 'refuse':
        throw new TargetError('not-owner', decision.error.message);
      case 'stale':
        throw new ClusterError('conflict', 'the object changed while its keys were read; it is read again');
      case 'retain':
        return this.#retain(pass);
      case 'delete':
        return this.#delete(pass);
      case 'apply':
        return this.#apply(pass, decision.data, token);
    }
  }

  async #apply(pass: Pass, values: ReadonlyMap<string, Sealed>, token: string | undefined): Promise<void> {
    const { object, signal } = pass;
    const data = dataOf(object.spec.target.template, values);
    const { writer, observer, facts, targets, clock } = this.#options;
    // A backend without change tokens: the hash beside the data tells.
    if (pass.cause === 'interval' && this.#isTargetUntouched(object) && writer.holds(object, data)) {
      observer.writeAvoided?.('secret');
      return this.#reportSynced(pass, { token });
    }
    const outcome = await writer.apply(object, data, signal);
    const target = targets.versionOf(targetKeyOf(object));
    if (outcome === 'absent' && object.spec.target.creationPolicy === 'Merge') return this.#reportMissing(pass);
    if (outcome === 'created' || outcome === 'updated') facts.update(pass.key, object, { changedAt: clock.now() });
    const binding = outcome === 'absent' ? undefined : targetNameOf(object);
    await this.#reportSynced(pass, { binding, token, target });
  }

  #reportMissing(pass: Pass): Promise<void> {
    const name = targetNameOf(pass.object);
    const message = `the Secret "${name}" does not exist and is not created, as creationPolicy Merge says`;
    const reason = ExternalSecretReason.secretMissing;
    return this.#reportSynced(pass, { reason, message, absentFor: pass.version });
  }

  #retain(pass: Pass): Promise<void> {
    const message = 'the external system has nothing; the Secret was left as it is, as deletionPolicy Retain says';
    return this.#reportSynced(pass, { message, absentFor: pass.version });
  }

  async #delete(pass: Pass): Promise<void> {
    const outcome = await this.#options.writer.delete(pass.object, pass.signal);
    const what =
      outcome === 'foreign'
        ? `the Secret "${targetNameOf(pass.object)}" was left, since this object does not own it`
        : 'the Secret was deleted, as deletionPolicy Delete says';
    const message = `every key is gone at the external system; ${what}`;
    const reason = ExternalSecretReason.secretDeleted;
    await this.#reportSynced(pass, { reason, message, absentFor: pass.version });
  }

  async #reportSynced(
    pass: Pass,
    report: Partial<Success> & Pick<SyncFacts, 'token' | 'target' | 'absentFor'>,
  ): Promise<void> {
    const { key, object, refreshTime, version, signal } = pass;
    const { facts, reporter } = this.#options;
    const { reason = ExternalSecretReason.secretSynced, message = 'the Secret is in sync', binding } = report;
    await reporter.success(object, { reason, message, refreshTime, version, binding }, signal);
    const { token, absentFor, target = facts.of(key, object).target } = report;
    facts.update(key, object, { token, target, absentFor, failed: false, left: false, forced: undefined });
  }

  #noteMissing(object: ExternalSecret, missing: readonly ShapedEntry[]): void {
    for (const { entry, outcome } of missing) {
      // A listing of nothing is an answer like any other.
      if (outcome.ok) continue;
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
