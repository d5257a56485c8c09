import type { Cluster } from '@esox/cluster';
import type { Clock, Host, HttpClient, HttpOptions, Log } from '@esox/core';
import type { ClientPool } from '@esox/core/engine';
import { EXTERNAL_SECRET_COMPONENT } from '@esox/api';
import { EventRecorder } from './events/event-recorder.ts';
import { ExternalSecretController } from './external-secret/controller.ts';
import type { ControllerObserver } from './observer.ts';
import { SecretStoreController } from './secret-store/controller.ts';
import { storeComponents } from './secret-store/reconcile.ts';
import { SecretIndex } from './secrets/secret-index.ts';
import { CredentialVersions } from './stores/credential-versions.ts';
import type { Plugins } from './stores/plugins.ts';
import { StoreCatalog, type StoreSettings } from './stores/store-catalog.ts';
import { StoreConnector } from './stores/store-connector.ts';
import type { StoreKind } from './stores/store.ts';

export interface ControllersOptions {
  readonly cluster: Cluster;
  readonly clock: Clock;
  /** A clock that nobody sets, the same as the pool's: reads are asked for in its time. */
  readonly steady: Clock;
  readonly log: Log;
  readonly pool: ClientPool;
  readonly plugins: Plugins;
  readonly observer: ControllerObserver;
  readonly http: (options: HttpOptions) => HttpClient;
  readonly environment: Host['environment'];
  readonly podToken: () => Promise<Uint8Array | undefined>;
  readonly settings: ControllersSettings;
}

export interface ControllersSettings extends StoreSettings {
  /** Objects in work at once, per controller. */
  readonly concurrency: number;
  readonly storeRequeueIntervalMs: number;
  /** Of the `kinds` of stores that are served: those whose conditions, events and metrics are ours to keep. */
  readonly reportedKinds: readonly StoreKind[];
}

/** Events are a courtesy: nobody waits long for them. */
const eventGraceMs = 2_000;

/** All controllers over one cluster. */
export class Controllers {
  readonly #options: ControllersOptions;
  readonly #secrets: SecretIndex;
  readonly #recorders: EventRecorder[] = [];
  readonly stores: StoreCatalog;
  readonly secretStores: readonly SecretStoreController[];
  readonly externalSecrets: ExternalSecretController;

  constructor(options: ControllersOptions) {
    this.#options = options;
    const { cluster, clock, steady, log, pool, plugins, http, environment, podToken, observer, settings } = options;
    const { namespace, concurrency, kinds } = settings;
    const secrets = new SecretIndex(cluster, namespace);
    const credentials = new CredentialVersions(cluster, secrets);
    const calls = { http, environment, podToken };
    const connector = new StoreConnector({ cluster, clock, log, pool, plugins, credentials, ...calls });
    const stores = new StoreCatalog(cluster, clock, connector, settings);
    this.#secrets = secrets;
    this.stores = stores;
    this.secretStores = kinds.map((kind: StoreKind) => {
      const events = this.#recorder(storeComponents[kind]);
      const reports = settings.reportedKinds.includes(kind);
      const requeueIntervalMs = settings.storeRequeueIntervalMs;
      const told = reports ? observer : onlyBugs(observer);
      const shared = {
        cluster,
        clock,
        steady,
        concurrency,
        stores,
        secrets,
        credentials,
        plugins,
        events,
        observer: told,
      };
      return new SecretStoreController({ ...shared, kind, reports, requeueIntervalMs });
    });
    const events = this.#recorder(EXTERNAL_SECRET_COMPONENT);
    const shared = { cluster, clock, steady, concurrency, stores, secrets, events, observer };
    this.externalSecrets = new ExternalSecretController({ ...shared, namespace });
  }

  get kinds(): readonly StoreKind[] {
    return this.#options.settings.kinds;
  }

  /** Resolves when all that passes look at is in memory. Before `start` nothing is written and no store is asked. */
  async synced(): Promise<void> {
    await Promise.all([this.#secrets.synced, this.stores.synced(), this.externalSecrets.objects.synced]);
  }

  /** Resolves once every controller works. */
  async start(signal: AbortSignal): Promise<void> {
    await this.synced();
    for (const controller of this.secretStores) controller.start();
    await this.externalSecrets.start(signal);
  }

  /** Starts nothing more, and lets what is in work end within `graceMs`; what does not is aborted. */
  async drain(graceMs: number): Promise<void> {
    const controllers = [this.externalSecrets, ...this.secretStores];
    await Promise.all(controllers.map((controller) => controller.stop(graceMs)));
    await Promise.all(this.#recorders.map((recorder) => recorder.close(Math.min(graceMs, eventGraceMs))));
  }

  /** Gives logins back and ends the watches. Takes as long as a plugin takes to close. */
  async close(): Promise<void> {
    await this.#options.pool.close();
    await this.stores.close();
    await this.#secrets.close();
  }

  /** Time of the oldest sign of life among all watches (ms since the epoch). */
  get lastActivity(): number {
    const stores = this.#options.settings.kinds.map((kind) => this.stores.informer(kind)?.lastActivity ?? 0);
    return Math.min(this.#secrets.lastActivity, this.externalSecrets.objects.lastActivity, ...stores);
  }

  #recorder(component: string): EventRecorder {
    const recorder = new EventRecorder(this.#options.cluster, this.#options.clock, component);
    this.#recorders.push(recorder);
    return recorder;
  }
}

function onlyBugs({ unexpected }: ControllerObserver): ControllerObserver {
  return unexpected ? { unexpected } : {};
}
