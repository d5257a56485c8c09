import type { Controllers } from '@esox/controllers';
import type { Metrics } from './metrics.ts';

export function watchQueues(metrics: Metrics, controllers: Controllers): void {
  const { queue } = controllers.externalSecrets;
  metrics.watch('esox_objects_in_work', 'ExternalSecrets in work.', () => queue.stats().inWork);
  metrics.watch('esox_objects_delayed', 'ExternalSecrets that wait for their time.', () => queue.stats().delayed);
  metrics.watch(
    'esox_objects_parked',
    'ExternalSecrets that wait for their store.',
    () => controllers.externalSecrets.parked,
  );
  metrics.watch('esox_oldest_overdue_seconds', 'How long the oldest due ExternalSecret has waited.', () => {
    return queue.stats().oldestOverdueMs / 1000;
  });
  metrics.watch('workqueue_depth', 'ExternalSecrets that wait for a worker.', () => {
    return Object.values(queue.stats().waiting).reduce((sum, count) => sum + count, 0);
  });
}
