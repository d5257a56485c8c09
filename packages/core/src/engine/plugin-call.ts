import { ProviderError } from '../provider/errors.ts';
import type { Call, Clock } from '../provider/host.ts';
import { failure, success, type Outcome } from '../provider/outcome.ts';
import type { CallEvent, EngineObserver } from './observer.ts';

export interface PluginCall<T> {
  readonly clock: Clock;
  readonly observer: EngineObserver;
  readonly provider: string;
  readonly store: string;
  readonly kind: CallEvent['kind'];
  /** Refs in the call, for the observer. */
  readonly refs: number;
  /** Longest silence: `alive` starts it anew. */
  readonly timeoutMs: number;
  /** Ends the call from outside; its reason is the call's error. */
  readonly signal: AbortSignal;
  work(call: Call, alive: () => void): Promise<T>;
}

const doings = { read: 'Reading', find: 'Finding', check: 'Checking', connect: 'Connecting' };

/**
 * Runs the code of a plugin and counts it. Never rejects, and answers no later than the deadline or the signal, even if
 * the plugin throws something foreign, throws synchronously, or ignores its signal.
 */
export async function callPlugin<T>(call: PluginCall<T>): Promise<Outcome<T>> {
  const { clock, observer, provider, store, kind, refs } = call;
  const startedAt = clock.now();
  const answer = await guard(call);
  const event = { provider, store, kind, refs, durationMs: clock.now() - startedAt };
  observer.call?.(answer.ok ? { ...event, ok: true } : { ...event, ok: false, code: answer.error.code });
  return answer;
}

async function guard<T>(call: PluginCall<T>): Promise<Outcome<T>> {
  const doing = `${doings[call.kind]} with provider ${JSON.stringify(call.provider)}`;
  const ended = new AbortController();
  const work = new AbortController();
  const deadline = new Deadline(call.clock, call.timeoutMs);
  const stopped = Promise.withResolvers<never>();
  const stop = (reason: unknown): void => {
    work.abort(reason);
    stopped.reject(reason);
  };
  const onAbort = (): void => stop(call.signal.reason);
  call.signal.addEventListener('abort', onAbort, { once: true });
  if (call.signal.aborted) onAbort();
  void deadline.passed(ended.signal).then((passed) => {
    if (passed) stop(new ProviderError('unavailable', `${doing}: no answer within ${call.timeoutMs} ms`));
  });
  try {
    // In an async function, so that a synchronous throw is a rejection, too.
    const result = (async () => call.work({ signal: work.signal }, () => deadline.restart()))();
    return success(await Promise.race([stopped.promise, result]));
  } catch (error) {
    return failure(believable(call.kind, ProviderError.from(error, doing), doing));
  } finally {
    call.signal.removeEventListener('abort', onAbort);
    // A reason of our own: making the usual one costs a stack trace at each call.
    ended.abort(doing);
  }
}

/** Absence is said of single refs, or of the place of a search. Of a call that failed as a whole it would delete Secrets. */
function believable(kind: CallEvent['kind'], error: ProviderError, doing: string): ProviderError {
  if (error.code !== 'not-found' || kind === 'find') return error;
  return new ProviderError('internal', `${doing} broke the contract: it answered not-found as a whole`, {
    cause: error,
  });
}

class Deadline {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  #startedAt: number;

  constructor(clock: Clock, timeoutMs: number) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
    this.#startedAt = clock.now();
  }

  restart(): void {
    this.#startedAt = this.#clock.now();
  }

  /** True once the time is over, false when `ended` aborts before. */
  async passed(ended: AbortSignal): Promise<boolean> {
    try {
      for (;;) {
        const leftMs = this.#startedAt + this.#timeoutMs - this.#clock.now();
        if (leftMs <= 0) return !ended.aborted;
        await this.#clock.sleep(leftMs, ended);
      }
    } catch {
      return false;
    }
  }
}
