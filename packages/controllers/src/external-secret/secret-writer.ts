import { isDeepStrictEqual } from 'node:util';
import { EventReason, type ExternalSecret, MANAGED_LABEL, MANAGED_LABEL_VALUE } from '@esox/api';
import { type Cluster, ClusterError, splitKey } from '@esox/cluster';
import type { Sealed } from '@esox/core';
import { dataHash, fieldManagerFor, ownerHash } from '@esox/core/engine';
import type { EventNote } from '../events/event-recorder.ts';
import { SECRETS } from '../resource-types.ts';
import type { SecretIndex } from '../secrets/secret-index.ts';
import { desiredSecret, targetNameOf } from './secret-mutation.ts';
import type { Secret } from './secret-object.ts';
import { TargetError } from './target-error.ts';
import type { TargetStates } from './target-states.ts';

/** `absent`: the policy leaves it to others to create the Secret. */
export type WriteOutcome = 'created' | 'updated' | 'unchanged' | 'absent';

export type DeleteOutcome = 'deleted' | 'absent' | 'foreign';

export interface SecretWriterOptions {
  readonly cluster: Cluster;
  readonly secrets: SecretIndex;
  readonly targets: TargetStates;
  readonly note: (object: ExternalSecret, note: EventNote) => void;
}

/** Creates, updates and deletes targets, each time with a precondition. */
export class SecretWriter {
  readonly #options: SecretWriterOptions;

  constructor(options: SecretWriterOptions) {
    this.#options = options;
  }

  async apply(object: ExternalSecret, data: ReadonlyMap<string, Sealed>, signal: AbortSignal): Promise<WriteOutcome> {
    const { creationPolicy } = object.spec.target;
    if (creationPolicy === 'None') return 'absent';
    if (creationPolicy === 'Owner') await this.#deleteOrphans(object, signal);
    const key = targetKeyOf(object);
    if (this.#options.targets.exists(key)) {
      const existing = await this.#options.targets.read(key, signal);
      if (existing) return this.#update(object, data, existing, signal);
    }
    if (creationPolicy === 'Merge') return 'absent';
    return this.#create(object, data, signal);
  }

  /** Puts the managed label on a Secret that was there before. As ESO does, whatever the policy and the pass come to. */
  async mark(object: ExternalSecret, signal: AbortSignal): Promise<void> {
    const { cluster, secrets, targets } = this.#options;
    const key = targetKeyOf(object);
    if (!targets.exists(key) || targets.isManaged(key)) return;
    const resourceVersion = targets.versionOf(key) ?? secrets.get(key)?.resourceVersion;
    const body = { metadata: { resourceVersion, labels: { [MANAGED_LABEL]: MANAGED_LABEL_VALUE } } };
    const options = this.#writeOptions(object, signal);
    try {
      targets.written(await cluster.patch<Secret>(SECRETS, splitKey(key), { type: 'merge', body }, options));
    } catch (error) {
      // Gone meanwhile: nothing to mark.
      if (!ClusterError.is(error) || error.code !== 'not-found') throw error;
    }
  }

  /** Whether a valid target already has exactly this data, told by the hash beside it. */
  holds(object: ExternalSecret, data: ReadonlyMap<string, Sealed>): boolean {
    if (object.spec.target.creationPolicy !== 'Owner') return false;
    return this.#options.targets.hashOf(targetKeyOf(object)) === dataHash(data);
  }

  /** Deletes the target where this very object controls it. */
  async delete(object: ExternalSecret, signal: AbortSignal): Promise<DeleteOutcome> {
    const { targets, cluster } = this.#options;
    const key = targetKeyOf(object);
    const existing = targets.exists(key) ? await targets.read(key, signal) : undefined;
    if (!existing) return 'absent';
    const controller = existing.metadata.ownerReferences?.find((owner) => owner.controller);
    if (controller?.uid !== object.metadata.uid) return 'foreign';
    const { uid = '', resourceVersion = '' } = existing.metadata;
    const deleted = await cluster.delete(SECRETS, splitKey(key), { uid, resourceVersion }, { signal });
    targets.forget(key);
    if (deleted) this.#noteDeleted(object, key);
    return 'deleted';
  }

  async #create(object: ExternalSecret, data: ReadonlyMap<string, Sealed>, signal: AbortSignal): Promise<WriteOutcome> {
    const { cluster, targets } = this.#options;
    const key = targetKeyOf(object);
    try {
      const created = await cluster.create(SECRETS, desiredSecret(object, data), this.#writeOptions(object, signal));
      targets.written(created);
    } catch (error) {
      if (!ClusterError.is(error) || error.code !== 'already-exists') throw error;
      const existing = await targets.read(key, signal);
      if (!existing) throw error;
      return this.#update(object, data, existing, signal);
    }
    this.#options.note(object, {
      type: 'Normal',
      reason: EventReason.created,
      message: `created the Secret "${targetNameOf(object)}"`,
    });
    return 'created';
  }

  async #update(
    object: ExternalSecret,
    data: ReadonlyMap<string, Sealed>,
    existing: Secret,
    signal: AbortSignal,
  ): Promise<WriteOutcome> {
    const desired = desiredSecret(object, data, existing);
    const frozen = existing.immutable === true && contentDiffers(existing, desired);
    // Its labels, annotations and owner can still change, the hash of what it should hold among them.
    const next = frozen ? { ...existing, metadata: desired.metadata } : desired;
    const changed = contentDiffers(existing, next) || metadataDiffers(existing, next);
    if (changed) {
      const updated = await this.#options.cluster.update(SECRETS, next, this.#writeOptions(object, signal));
      this.#options.targets.written(updated);
    }
    if (frozen) {
      throw new TargetError(
        'immutable',
        `the Secret "${targetNameOf(object)}" is immutable and no longer equals the external secrets; delete it to have it made anew`,
      );
    }
    if (!changed) return 'unchanged';
    const message = `updated the Secret "${targetNameOf(object)}"`;
    this.#options.note(object, { type: 'Normal', reason: EventReason.updated, message });
    return 'updated';
  }

  /** Secrets that this object made under an earlier `target.name`. */
  async #deleteOrphans(object: ExternalSecret, signal: AbortSignal): Promise<void> {
    const { cluster, secrets, targets } = this.#options;
    const { namespace = '', name } = object.metadata;
    const target = targetKeyOf(object);
    for (const orphan of secrets.createdBy(ownerHash(namespace, name))) {
      const { key, uid, resourceVersion } = orphan;
      if (key === target || orphan.terminating || splitKey(key).namespace !== namespace) continue;
      const deleted = await cluster.delete(SECRETS, splitKey(key), { uid, resourceVersion }, { signal });
      targets.forget(key);
      if (deleted) this.#noteDeleted(object, key);
    }
  }

  #noteDeleted(object: ExternalSecret, key: string): void {
    const message = `deleted the Secret "${splitKey(key).name}"`;
    this.#options.note(object, { type: 'Normal', reason: EventReason.deleted, message });
  }

  #writeOptions(object: ExternalSecret, signal: AbortSignal) {
    return { signal, fieldManager: fieldManagerFor(object.metadata.name) };
  }
}

export function targetKeyOf(object: ExternalSecret): string {
  return `${object.metadata.namespace}/${targetNameOf(object)}`;
}

function contentDiffers(a: Secret, b: Secret): boolean {
  const content = ({ data = {}, type, immutable = false }: Secret) => ({ data, type, immutable });
  return !isDeepStrictEqual(content(a), content(b));
}

function metadataDiffers(a: Secret, b: Secret): boolean {
  const metadata = ({
    metadata: { labels = {}, annotations = {}, ownerReferences = [], finalizers = [] },
  }: Secret) => ({
    labels,
    annotations,
    ownerReferences,
    finalizers,
  });
  return !isDeepStrictEqual(metadata(a), metadata(b));
}
