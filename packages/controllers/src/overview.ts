import { type Condition, type ExternalSecret, READY, type SecretStore } from '@esox/api';
import { keyOf } from '@esox/cluster';
import type { Controllers } from './controllers.ts';
import { targetKeyOf } from './external-secret/secret-writer.ts';
import { referencedStores } from './external-secret/store-references.ts';
import { type StoreKind, storeId } from './stores/store.ts';

/** How an object stands, for people. Times are ms since the epoch. */
export interface ObjectOverview {
  readonly kind: 'ExternalSecret' | StoreKind;
  readonly namespace: string | undefined;
  readonly name: string;
  readonly ready: Condition['status'] | undefined;
  readonly reason: string | undefined;
  readonly message: string | undefined;
  /** Of an ExternalSecret: the stores that it reads from. Of a store: its provider. */
  readonly source: readonly string[];
  /** Of the Secret. */
  readonly keys?: number | undefined;
  readonly lastSync?: number | undefined;
  readonly nextSync?: number | undefined;
  readonly lastChange?: number | undefined;
  /** Namespace and name of the Secret. */
  readonly target?: string | undefined;
}

export function overviewOf(controllers: Controllers): ObjectOverview[] {
  return [...externalSecrets(controllers), ...controllers.kinds.flatMap((kind) => stores(controllers, kind))];
}

/** Nothing is in work, and nothing waits for its turn or for a store. */
export function isSettled(controllers: Controllers): boolean {
  return !isBusy(controllers) && controllers.externalSecrets.parked === 0;
}

/** Something is in work, or could be. */
export function isBusy({ externalSecrets, secretStores }: Controllers): boolean {
  const queues = [externalSecrets.queue, ...secretStores.map(({ queue }) => queue)];
  return queues.some((queue) => {
    const { waiting, inWork } = queue.stats();
    return inWork > 0 || Object.values(waiting).some((count) => count > 0);
  });
}

function externalSecrets({ externalSecrets: controller }: Controllers): ObjectOverview[] {
  return [...controller.objects.values()].map((object) => {
    const key = keyOf(object);
    const facts = controller.facts.of(key, object);
    const status = controller.facts.statusOf(key, object);
    const target = status.binding?.name ? targetKeyOf(object) : undefined;
    return {
      kind: 'ExternalSecret',
      ...identityOf(object),
      ...readyOf(status.conditions),
      source: [...new Set(referencedStores(object).map(({ name }) => name))],
      keys: target === undefined ? undefined : controller.targets.keysOf(target),
      lastSync: status.refreshTime ? Date.parse(status.refreshTime) : undefined,
      nextSync: facts.nextAt,
      lastChange: facts.changedAt,
      target,
    };
  });
}

function stores(controllers: Controllers, kind: StoreKind): ObjectOverview[] {
  const informer = controllers.stores.informer(kind);
  return [...(informer?.values() ?? [])].map((store) => {
    const identity = identityOf(store);
    const times = controllers.stores.checks.timesOf(storeId({ kind, ...identity }));
    return {
      kind,
      ...identity,
      ...readyOf(store.status?.conditions),
      source: Object.keys(store.spec.provider),
      lastSync: times?.checkedAt,
      nextSync: times?.nextAt,
    };
  });
}

function identityOf({ metadata }: ExternalSecret | SecretStore): { namespace: string | undefined; name: string } {
  return { namespace: metadata.namespace, name: metadata.name };
}

function readyOf(conditions: readonly Condition[] | undefined): Pick<ObjectOverview, 'ready' | 'reason' | 'message'> {
  const condition = conditions?.find(({ type }) => type === READY);
  return { ready: condition?.status, reason: condition?.reason, message: condition?.message };
}
