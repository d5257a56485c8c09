import type { OwnerReference } from '../port.ts';
import type { ObjectStore } from './object-store.ts';

/**
 * Deletes objects whose owners are all gone, as Kubernetes' own collector does in the background. Owners that have not
 * been seen at all, perhaps since their manifest cannot be read at the moment, count as gone only after `settle()`.
 */
export class GarbageCollector {
  readonly #store: ObjectStore;
  readonly #deleted = new Set<string>();
  #settled = false;
  #isScheduled = false;

  constructor(store: ObjectStore) {
    this.#store = store;
    store.subscribe(({ before, after }) => {
      if (!after) this.#deleted.add(before?.metadata.uid ?? '');
      if (!after || this.#isAbandoned(after.metadata.ownerReferences)) this.#schedule();
    });
  }

  settle(): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    queueMicrotask(() => {
      this.#isScheduled = false;
      this.#collect();
    });
  }

  #collect(): void {
    for (const { kind, object } of [...this.#store.all()]) {
      if (this.#isAbandoned(object.metadata.ownerReferences)) this.#store.delete(kind, object.metadata);
    }
  }

  #isAbandoned(owners: readonly OwnerReference[] | undefined): boolean {
    if (!owners?.length) return false;
    return owners.every(({ uid }) => !this.#store.hasUid(uid) && (this.#settled || this.#deleted.has(uid)));
  }
}
