import { ProviderError } from '@esox/core';

/** What a call rejects with once its signal has aborted: the signal's reason where that is a ProviderError. */
export function abortError({ reason }: AbortSignal): ProviderError {
  return ProviderError.is(reason)
    ? reason
    : new ProviderError('unavailable', 'the call was aborted', { cause: reason });
}

/** Settles as `promise` does, but rejects with `abortError` as soon as the signal aborts. The work itself goes on. */
export async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(abortError(signal));
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    // The race also listens to the loser, so that its late failure is not an unhandled one.
    return await Promise.race([aborted, promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
