import type { WorkQueueOptions } from '@esox/cluster';
import type { ControllerObserver } from './observer.ts';

/** How the queue of a controller tells its passes to the observer. */
export function observedBy(
  observer: ControllerObserver,
  controller: string,
): Pick<WorkQueueOptions, 'onFinished' | 'onPanic'> {
  return {
    onFinished: ({ key, result, durationMs }) => {
      const outcome = result.type === 'failed' ? 'error' : result.type === 'again' ? 'requeue_after' : 'success';
      observer.reconciled?.({ controller, key, outcome, durationMs });
    },
    onPanic: (key, error) => {
      const shown = error instanceof Error ? error : new Error('a value was thrown that is no error');
      observer.unexpected?.({ controller, key, error: shown });
    },
  };
}
