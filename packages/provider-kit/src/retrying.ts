import { type Call, type Clock, type HttpClient, type HttpRequest, type HttpResponse, ProviderError } from '@esox/core';
import { abortError } from './abort.ts';

export interface RetryOptions {
  readonly clock: Clock;
  /** Tries after the first one. */
  readonly maxRetries: number;
  /** Shortest and longest wait before a retry. */
  readonly minMs: number;
  readonly maxMs: number;
  /** Statuses to retry. A transport failure is always retried. */
  readonly retryOn: (status: number) => boolean;
}

/** A longer wait than this is the caller's to decide: the answer is handed on with its `Retry-After`. */
const longestRetryAfterMs = 10_000;

/** Tries a request again when the transport failed or the status asks for it. Closing it closes `http`. */
export function retrying(http: HttpClient, options: RetryOptions): HttpClient {
  return {
    async request(request, call) {
      for (let retries = 0; ; retries += 1) {
        const result = await attempt(http, request, call);
        const waitMs = retries < options.maxRetries ? waitBeforeRetry(result, options) : undefined;
        if (waitMs !== undefined) {
          await sleep(waitMs, options.clock, call);
        } else if (ProviderError.is(result)) {
          throw result;
        } else {
          return result;
        }
      }
    },
    [Symbol.asyncDispose]: () => http[Symbol.asyncDispose](),
  };
}

async function attempt(http: HttpClient, request: HttpRequest, call: Call): Promise<HttpResponse | ProviderError> {
  try {
    return await http.request(request, call);
  } catch (error) {
    if (call.signal.aborted) throw abortError(call.signal);
    if (ProviderError.is(error) && error.code === 'unavailable') return error;
    throw error;
  }
}

async function sleep(ms: number, clock: Clock, { signal }: Call): Promise<void> {
  try {
    await clock.sleep(ms, signal);
  } catch {
    throw abortError(signal);
  }
}

function waitBeforeRetry(result: HttpResponse | ProviderError, options: RetryOptions): number | undefined {
  const { minMs, maxMs, retryOn, clock } = options;
  const backoffMs = minMs + Math.random() * (maxMs - minMs);
  if (ProviderError.is(result)) return backoffMs;
  if (!retryOn(result.status)) return undefined;
  const askedMs = retryAfterMs(result, clock) ?? 0;
  return askedMs > longestRetryAfterMs ? undefined : Math.max(backoffMs, askedMs);
}

/** What `Retry-After` asks for, in milliseconds; undefined where it is missing or neither seconds nor a date. */
export function retryAfterMs({ headers }: HttpResponse, clock: Clock): number | undefined {
  const value = headers['retry-after'];
  if (value === undefined) return undefined;
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - clock.now());
}
