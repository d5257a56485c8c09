import { isDeepStrictEqual } from 'node:util';
import {
  type Condition,
  EXTERNAL_SECRETS,
  EXTERNAL_SECRETS_API_VERSION,
  type ExternalSecret,
  ExternalSecretReason,
  type ExternalSecretStatus,
  READY,
} from '@esox/api';
import { type Cluster, keyOf, splitKey } from '@esox/cluster';
import type { Clock } from '@esox/core';
import { timestamp, withCondition } from '../conditions/conditions.ts';
import type { EventNote, EventRecorder } from '../events/event-recorder.ts';
import type { ControllerObserver } from '../observer.ts';
import type { SyncFactsStore } from './sync-facts.ts';

export interface StatusReporterOptions {
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly facts: SyncFactsStore;
  readonly events: EventRecorder;
  readonly observer: ControllerObserver;
}

export interface Success {
  readonly reason: ExternalSecretReason;
  readonly message: string;
  /** Start of the pass, ms since the epoch. */
  readonly refreshTime: number;
  readonly version: string;
  /** Name of the target, where it was written. */
  readonly binding?: string | undefined;
}

/** Writes the status of ExternalSecrets, where it says something new, and posts their events. */
export class StatusReporter {
  readonly #options: StatusReporterOptions;

  constructor(options: StatusReporterOptions) {
    this.#options = options;
  }

  async success(object: ExternalSecret, success: Success, signal: AbortSignal): Promise<void> {
    const before = this.#options.facts.statusOf(keyOf(object), object);
    const { reason, message, version, binding } = success;
    const status: ExternalSecretStatus = {
      ...before,
      refreshTime: timestamp(success.refreshTime),
      syncedResourceVersion: version,
      conditions: this.#conditions(before, { type: READY, status: 'True', reason, message }),
      ...(binding ? { binding: { name: binding } } : {}),
    };
    await this.#write(object, before, status, signal);
  }

  /** The target stays as it is, and so do `refreshTime` and `syncedResourceVersion`. */
  async failure(object: ExternalSecret, message: string, signal: AbortSignal): Promise<void> {
    const before = this.#options.facts.statusOf(keyOf(object), object);
    const reason = ExternalSecretReason.secretSyncedError;
    const conditions = this.#conditions(before, { type: READY, status: 'False', reason, message });
    this.note(object, { type: 'Warning', reason: 'UpdateFailed', message });
    await this.#write(object, before, { ...before, conditions }, signal);
  }

  note(object: ExternalSecret, note: EventNote): void {
    const { name, namespace, uid } = object.metadata;
    const subject = { apiVersion: EXTERNAL_SECRETS_API_VERSION, kind: 'ExternalSecret', name, namespace, uid };
    this.#options.events.record(subject, note);
  }

  #conditions(before: ExternalSecretStatus, next: Omit<Condition, 'lastTransitionTime'>): Condition[] {
    return [...withCondition(before.conditions ?? [], next, this.#options.clock.now())];
  }

  async #write(
    object: ExternalSecret,
    before: ExternalSecretStatus,
    status: ExternalSecretStatus,
    signal: AbortSignal,
  ): Promise<void> {
    const key = keyOf(object);
    const ready = status.conditions?.find(({ type }) => type === READY);
    const labels = object.metadata.labels ?? {};
    this.#options.observer.condition?.({
      controller: 'externalsecret',
      key,
      type: READY,
      status: ready?.status ?? 'Unknown',
      labels,
    });
    if (isDeepStrictEqual(before, status)) {
      this.#options.observer.writeAvoided?.('status');
      return;
    }
    // The precondition: an object that was changed, or deleted and made anew, gets no status of what it was.
    const body = { metadata: { resourceVersion: this.#options.facts.versionOf(key, object) }, status };
    const patched = await this.#options.cluster.patch<ExternalSecret>(
      EXTERNAL_SECRETS,
      splitKey(key),
      { type: 'merge', body },
      { signal, subresource: 'status', fieldManager: 'external-secrets' },
    );
    const written = { status, resourceVersion: patched.metadata.resourceVersion ?? '' };
    this.#options.facts.update(key, object, { written });
  }
}
