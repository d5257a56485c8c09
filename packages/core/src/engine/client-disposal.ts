import type { Clock } from '../provider/host.ts';
import type { Reader } from '../provider/provider.ts';

/** Closes a client. A plugin that throws or hangs while closing holds nobody up: its client is gone either way. */
export async function disposeClient(client: Reader, clock: Clock, timeoutMs: number): Promise<void> {
  const done = new AbortController();
  try {
    const closing = (async () => client[Symbol.asyncDispose]())();
    await Promise.race([closing, clock.sleep(timeoutMs, done.signal)]);
  } catch {
    // There is nobody left to tell: every reader of this client has had its answer.
  } finally {
    done.abort();
  }
}
