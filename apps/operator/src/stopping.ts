import type { Controllers } from '@esox/controllers';
import type { OperatorLog } from './log/log.ts';

/** Time for what follows the work: logins are given back, connections closed. */
const closeMs = 5_000;

/** Lets what is in work end within `graceMs`, and leaves behind what then does not end. */
export async function stopWorking(controllers: Controllers, graceMs: number, logger: OperatorLog): Promise<void> {
  const late = Promise.withResolvers<'late'>();
  const timer = setTimeout(() => late.resolve('late'), graceMs + closeMs);
  if ((await Promise.race([controllers.stop(graceMs), late.promise])) === 'late') {
    logger.warn('a store or the API server does not answer: what was still under way is left behind');
  }
  clearTimeout(timer);
}

/** The result, or a rejection with the signal's reason as soon as it aborts. */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    signal.throwIfAborted();
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
