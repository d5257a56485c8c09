import type { Controllers } from '@esox/controllers';
import type { OperatorLog } from './log/log.ts';

/** Logins are given back and connections closed within this time, or not at all. */
const closeMs = 5_000;

/** Lets what is in work end within `graceMs`, and leaves behind what then does not end. */
export async function stopWorking(controllers: Controllers, graceMs: number, logger: OperatorLog): Promise<void> {
  await controllers.drain(graceMs);
  const late = Promise.withResolvers<'late'>();
  const timer = setTimeout(() => late.resolve('late'), closeMs);
  if ((await Promise.race([controllers.close(), late.promise])) === 'late') {
    logger.warn('a store does not let its connection be closed: it is left behind');
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
