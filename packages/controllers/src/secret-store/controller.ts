import type { SecretStore } from '@esox/api';
import { type Change, type Cluster, joinKey, WorkQueue } from '@esox/cluster';
import type { Clock } from '@esox/core';
import type { EventRecorder } from '../events/event-recorder.ts';
import { observedBy } from '../observed-queue.ts';
import type { ControllerObserver } from '../observer.ts';
import type { SecretIndex } from '../secrets/secret-index.ts';
import type { CredentialVersions } from '../stores/credential-versions.ts';
import type { Plugins } from '../stores/plugins.ts';
import type { StoreCatalog } from '../stores/store-catalog.ts';
import type { StoreKind } from '../stores/store.ts';
import { SecretStoreReconciler } from './reconcile.ts';

export interface SecretStoreControllerOptions {
  readonly kind: StoreKind;
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly steady: Clock;
  readonly concurrency: number;
  readonly stores: StoreCatalog;
  readonly secrets: SecretIndex;
  readonly credentials: CredentialVersions;
  readonly plugins: Plugins;
  readonly events: EventRecorder;
  readonly observer: ControllerObserver;
  readonly reports: boolean;
  readonly requeueIntervalMs: number;
}

/** Watches stores of one kind and the Secrets that they log in with. */
export class SecretStoreController {
  readonly #options: SecretStoreControllerOptions;
  readonly kind: StoreKind;
  readonly queue: WorkQueue;

  constructor(options: SecretStoreControllerOptions) {
    this.#options = options;
    this.kind = options.kind;
    const { clock, steady, concurrency, kind, observer } = options;
    const reconciler = new SecretStoreReconciler(options);
    this.queue = new WorkQueue({
      ...observedBy(observer, kind.toLowerCase()),
      clock,
      steady,
      concurrency,
      reconcile: (key, signal) => reconciler.reconcile(key, signal),
    });
  }

  start(): void {
    const { stores, secrets, credentials, kind } = this.#options;
    stores.informer(kind)?.subscribe((change) => this.#changed(change));
    secrets.subscribe((key) => {
      for (const address of credentials.usersOf(key)) {
        if (address.kind === kind) this.queue.add(joinKey(address), 'caused');
      }
    });
    this.queue.start();
  }

  stop(graceMs: number): Promise<void> {
    return this.queue.stop(graceMs);
  }

  /** Our own status writes are no news. */
  #changed(change: Change<SecretStore>): void {
    const { type, key } = change;
    if (type === 'added') this.queue.add(key, 'new');
    else if (type === 'deleted' || isNews(change.before, change.after)) this.queue.add(key, 'caused');
  }
}

function isNews({ metadata: before }: SecretStore, { metadata: after }: SecretStore): boolean {
  const isReplaced = before.uid !== after.uid || before.generation !== after.generation;
  return isReplaced || before.deletionTimestamp !== after.deletionTimestamp;
}
