import { inspect } from 'node:util';

const brand = Symbol.for('@esox/cluster.error');

export type ClusterErrorCode =
  | 'not-found'
  /** The object changed, or a precondition no longer holds. */
  | 'conflict'
  | 'already-exists'
  /** The API server refused the object (schema, CEL, admission). */
  | 'invalid'
  | 'forbidden'
  | 'unauthenticated'
  /** The resource version is too old: list again. */
  | 'expired'
  | 'rate-limited'
  /** Transport failure, time-out or 5xx. */
  | 'unavailable'
  /** The connection to the cluster is not, or wrongly, configured. */
  | 'invalid-config'
  /** Any other answer that makes no sense, or a kind that is not served. */
  | 'unexpected';

export class ClusterError extends Error {
  override readonly name = 'ClusterError';
  readonly code: ClusterErrorCode;
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;

  /** `message` names the verb, the resource, the object and the server's reason; never a body of ours. */
  constructor(
    code: ClusterErrorCode,
    message: string,
    options: { status?: number; retryAfterMs?: number | undefined; cause?: unknown } = {},
  ) {
    super(message);
    this.code = code;
    this.status = options.status;
    this.retryAfterMs = options.retryAfterMs;
    Object.defineProperty(this, 'cause', { value: options.cause, enumerable: false });
    Object.defineProperty(this, brand, { value: true });
  }

  /** `util.inspect` would print the cause, enumerable or not, and a foreign error may quote a value. */
  [inspect.custom](): string {
    const status = this.status === undefined ? '' : `, status: ${this.status}`;
    return `${this.stack ?? `${this.name}: ${this.message}`} { code: '${this.code}'${status} }`;
  }

  static is(error: unknown): error is ClusterError {
    return typeof error === 'object' && error !== null && brand in error;
  }
}
