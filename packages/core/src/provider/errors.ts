import { inspect } from 'node:util';

const brand = Symbol.for('@esox/core.provider-error');

/**
 * Closed set: the engine switches on it exhaustively. Only `not-found` may ever lead to a deletion, so a provider
 * answers it only where the backend positively said that the key does not exist.
 */
export type ErrorCode =
  /** The backend says that this key does not exist. */
  | 'not-found'
  /** Logged in, but not allowed. */
  | 'denied'
  /** The login failed or has ended. */
  | 'unauthenticated'
  /** The store cannot work as it is written: a person must change it. */
  | 'invalid-config'
  /** The entry cannot work as it is written: a property, version or key that this backend cannot have. */
  | 'invalid-ref'
  /** Somebody else changed or owns it. */
  | 'conflict'
  | 'rate-limited'
  /** Transport failure, time-out, 5xx: later it may work. */
  | 'unavailable'
  | 'not-supported'
  /** A bug in Esox or in the plugin. */
  | 'internal';

export interface ProviderErrorOptions {
  /** Stays in memory: it is never printed, since a foreign error may quote a value. */
  readonly cause?: unknown;
  /** What the backend asked for (`Retry-After`), in milliseconds. An hour is heeded at most. */
  readonly retryAfterMs?: number;
}

/** A slip of a backend or a plugin must not silence a store for good. */
const longestWaitMs = 3_600_000;

/** What is asked for, an hour at most; undefined where it is no time. */
export function sensibleWait(ms: number | undefined): number | undefined {
  return ms === undefined || !Number.isFinite(ms) || ms < 0 ? undefined : Math.min(ms, longestWaitMs);
}

export class ProviderError extends Error {
  override readonly name = 'ProviderError';
  readonly code: ErrorCode;
  readonly retryAfterMs: number | undefined;

  /** `message` reaches conditions, events and logs: name the key and the cause and what to do, never a value. */
  constructor(code: ErrorCode, message: string, options: ProviderErrorOptions = {}) {
    super(message);
    this.code = code;
    this.retryAfterMs = sensibleWait(options.retryAfterMs);
    // Not enumerable, so that JSON does not print a foreign error's texts.
    Object.defineProperty(this, 'cause', { value: options.cause, enumerable: false });
    Object.defineProperty(this, brand, { value: true });
  }

  /** `util.inspect` would print the cause, enumerable or not. */
  [inspect.custom](): string {
    return `${this.stack ?? `${this.name}: ${this.message}`} { code: '${this.code}' }`;
  }

  /** A brand, not `instanceof`: a plugin may carry its own copy of this package. */
  static is(error: unknown): error is ProviderError {
    return typeof error === 'object' && error !== null && brand in error;
  }

  /** What a plugin threw, as a ProviderError. A foreign error's text is dropped: it may quote a value. */
  static from(error: unknown, doing: string): ProviderError {
    if (ProviderError.is(error)) return error;
    return new ProviderError('internal', `${doing} failed with an unexpected error`, { cause: error });
  }
}
