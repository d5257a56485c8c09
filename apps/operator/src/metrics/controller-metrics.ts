import type { Controllers } from '@esox/controllers';
import type { Metrics } from './metrics.ts';

/** What is known of objects and queues only when it is asked for. */
export function watchControllers(metrics: Metrics, controllers: Controllers, concurrency: number): void {
  const { externalSecrets, stores } = controllers;
  metrics.labelsOf = (controller, key) => {
    const informer = stores.informer(controller === 'secretstore' ? 'SecretStore' : 'ClusterSecretStore');
    const object = (controller === 'externalsecret' ? externalSecrets.objects : informer)?.get(key);
    return object && (object.metadata.labels ?? {});
  };
  const { queue } = externalSecrets;
  const queues = [{ name: 'externalsecret', queue }, ...controllers.secretStores.map(nameOfStoreQueue)];
  type Stats = ReturnType<typeof queue.stats>;
  const ofEach = (read: (stats: Stats) => number) => () =>
    Object.fromEntries(queues.map((each) => [each.name, read(each.queue.stats())]));
  const controller = (name: string, help: string) => ({
    name: `controller_runtime_${name}`,
    help,
    label: 'controller',
  });

  metrics.watchEach(
    controller('active_workers', 'Objects in work.'),
    ofEach(({ inWork }) => inWork),
  );
  metrics.watchEach(
    controller('max_concurrent_reconciles', 'Most objects in work at once.'),
    ofEach(() => concurrency),
  );
  const depth = { name: 'workqueue_depth', help: 'Objects that wait for a worker.', label: 'name' };
  metrics.watchEach(
    depth,
    ofEach(({ waiting }) => sum(waiting)),
  );
  metrics.watch('esox_objects_in_work', 'ExternalSecrets in work.', () => queue.stats().inWork);
  const waiting = { name: 'esox_objects_waiting', help: 'ExternalSecrets that wait for a worker.', label: 'class' };
  metrics.watchEach(waiting, () => queue.stats().waiting);
  metrics.watch('esox_objects_delayed', 'ExternalSecrets that wait for their time.', () => queue.stats().delayed);
  metrics.watch('esox_objects_parked', 'ExternalSecrets that wait for their store.', () => externalSecrets.parked);
  metrics.watch('esox_oldest_overdue_seconds', 'How long the oldest due ExternalSecret has waited.', () => {
    return queue.stats().oldestOverdueMs / 1000;
  });
}

/** The gauge of Kubernetes' own components. */
export function watchLeader(metrics: Metrics, name: string, isLeader: () => boolean): void {
  const gauge = { name: 'leader_election_master_status', help: 'Whether this replica is the leader.', label: 'name' };
  metrics.watchEach(gauge, () => ({ [name]: isLeader() ? 1 : 0 }));
}

function nameOfStoreQueue({ kind, queue }: Controllers['secretStores'][number]) {
  return { name: kind.toLowerCase(), queue };
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
