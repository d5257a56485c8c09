import type { Reconcile } from '@esox/cluster';
import type { Clock } from '@esox/core';
import type { ControllerObserver } from './observer.ts';

/** The same pass, with its duration and outcome told to the observer. */
export function timed(
  controller: string,
  { clock, observer }: { readonly clock: Clock; readonly observer: ControllerObserver },
  reconcile: Reconcile,
): Reconcile {
  return async (key, signal) => {
    const startedAt = clock.now();
    let outcome: 'success' | 'error' | 'requeue' = 'error';
    try {
      const result = await reconcile(key, signal);
      if (result.type !== 'failed') outcome = result.type === 'again' ? 'requeue' : 'success';
      return result;
    } finally {
      observer.reconciled?.({ controller, key, outcome, durationMs: clock.now() - startedAt });
    }
  };
}
