import type { Call } from '@esox/core';
import { abortError, untilAborted } from './abort.ts';

/**
 * Callers at the same time share one run. Each leaves when its own signal aborts; the run is aborted when the last one
 * has left, so that an impatient caller never spoils it for the others.
 */
export function sharedRun<T>(run: (call: Call) => Promise<T>): (call: Call) => Promise<T> {
  let current: { readonly result: Promise<T>; readonly controller: AbortController; callers: number } | undefined;

  return async (call) => {
    if (call.signal.aborted) throw abortError(call.signal);
    if (current === undefined) {
      const controller = new AbortController();
      current = { result: run({ signal: controller.signal }), controller, callers: 0 };
    }
    const mine = current;
    mine.callers += 1;
    try {
      return await untilAborted(mine.result, call.signal);
    } finally {
      mine.callers -= 1;
      if (mine.callers === 0) {
        current = undefined;
        mine.controller.abort();
      }
    }
  };
}
