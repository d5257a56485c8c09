import { EXTERNAL_SECRET_FINALIZER, EXTERNAL_SECRETS, type ExternalSecret } from '@esox/api';
import { type Cluster, ClusterError, keyOf, type Result, splitKey } from '@esox/cluster';
import type { SecretWriter } from './secret-writer.ts';
import type { SyncFactsStore } from './sync-facts.ts';

/** The finalizer, and what happens when an ExternalSecret is deleted. Kubernetes collects owned Secrets by itself. */
export class Finalizer {
  readonly #cluster: Cluster;
  readonly #writer: SecretWriter;
  readonly #facts: SyncFactsStore;

  constructor(cluster: Cluster, writer: SecretWriter, facts: SyncFactsStore) {
    this.#cluster = cluster;
    this.#writer = writer;
    this.#facts = facts;
  }

  /** Only deletionPolicy Delete has something to do at the end, so only such an object is held back. */
  async ensure(object: ExternalSecret, signal: AbortSignal): Promise<void> {
    const finalizers = object.metadata.finalizers ?? [];
    if (object.spec.target.deletionPolicy !== 'Delete' || finalizers.includes(EXTERNAL_SECRET_FINALIZER)) return;
    await this.#patch(object, [...finalizers, EXTERNAL_SECRET_FINALIZER], signal);
  }

  async release(object: ExternalSecret, signal: AbortSignal): Promise<Result> {
    if (object.spec.target?.deletionPolicy === 'Delete') await this.#writer.delete(object, signal);
    const finalizers = object.metadata.finalizers ?? [];
    if (!finalizers.includes(EXTERNAL_SECRET_FINALIZER)) return { type: 'done' };
    const others = finalizers.filter((finalizer) => finalizer !== EXTERNAL_SECRET_FINALIZER);
    try {
      await this.#patch(object, others, signal);
    } catch (error) {
      if (!ClusterError.is(error) || error.code !== 'not-found') throw error;
    }
    return { type: 'done' };
  }

  /** The whole list is replaced, so the resource version guards against what others did to it meanwhile. */
  async #patch(object: ExternalSecret, finalizers: string[], signal: AbortSignal): Promise<void> {
    const key = keyOf(object);
    const body = { metadata: { resourceVersion: this.#facts.versionOf(key, object), finalizers } };
    const patched = await this.#cluster.patch(EXTERNAL_SECRETS, splitKey(key), { type: 'merge', body }, { signal });
    const { resourceVersion = '' } = patched.metadata;
    this.#facts.update(key, object, { written: { status: this.#facts.statusOf(key, object), resourceVersion } });
  }
}
