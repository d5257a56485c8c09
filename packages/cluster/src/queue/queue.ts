/** In strict order: never synced, caused (spec, force-sync, event, drift, referenced object), retry, periodic. */
export type QueueClass = 'new' | 'caused' | 'retry' | 'periodic';

/** What a pass over one key came to. */
export type Result =
  /** Nothing to do until something changes. */
  | { readonly type: 'done' }
  /** Come back at this time (ms since the epoch). */
  | { readonly type: 'again'; readonly at: number; readonly class: QueueClass }
  /** `retry`: with backoff; else not until something changes. `retryAfterMs` is the least wait that was asked for. */
  | { readonly type: 'failed'; readonly error: Error; readonly retry: boolean; readonly retryAfterMs?: number };

export type Reconcile = (key: string, signal: AbortSignal) => Promise<Result>;
