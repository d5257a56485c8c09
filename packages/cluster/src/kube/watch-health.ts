import { type Backoff, backoffDelay } from '../backoff.ts';
import { ClusterError } from '../errors.ts';
import { failureOf } from './api-client.ts';
import type { RelistReason } from './observer.ts';
import { MalformedFrameError } from './watch-frames.ts';

/** A watch on which nothing came for too long, bookmarks included: its connection may be dead without a sign. */
export class SilentWatchError extends Error {
  override readonly name = 'SilentWatchError';
}

/** A watch that lived so long was a good one, whatever ended it. */
const HEALTHY_AFTER_MS = 1_000;
/** So often in a row the same version is tried again before the whole list is read. */
const MALFORMED_LIMIT = 3;
const SILENT_LIMIT = 2;

export interface Verdict {
  /** Before the next attempt. */
  readonly waitMs: number;
  readonly relist: RelistReason | undefined;
  /** To be told to those who operate this; ends that belong to a watch's life are not. */
  readonly report: ClusterError | undefined;
}

type Ending = 'ended' | 'broken' | 'expired' | 'malformed' | 'silent' | 'failed';

/** Decides what follows after a list or a watch has ended: go on at once, wait, or read the whole list. */
export class WatchHealth {
  readonly #backoff: Backoff;
  readonly #random: () => number;
  #failures = 0;
  #malformed = 0;
  #silent = 0;
  #openedAt: number | undefined;
  #hasProgress = false;

  constructor(backoff: Backoff, random: () => number) {
    this.#backoff = backoff;
    this.#random = random;
  }

  /** A new attempt begins. */
  begin(): void {
    this.#openedAt = undefined;
    this.#hasProgress = false;
  }

  opened(now: number): void {
    this.#openedAt = now;
  }

  /** A byte of the body came: the version is one that the API server has something to say about. */
  heard(): void {
    this.#silent = 0;
  }

  /** A frame was understood. */
  progressed(): void {
    this.#hasProgress = true;
    this.#malformed = 0;
  }

  /** `error` is undefined for a watch that the server ended in order. `resource` is for what is reported. */
  judge(error: unknown, resource: string, now: number): Verdict {
    const ending = this.#endingOf(error);
    const lived = this.#openedAt === undefined ? 0 : now - this.#openedAt;
    if (this.#hasProgress || lived >= HEALTHY_AFTER_MS) this.#failures = 0;
    this.#failures += 1;
    const isCalm = ending !== 'failed' && this.#failures === 1;
    const backoffMs = isCalm ? 0 : backoffDelay(this.#backoff, this.#failures, this.#random);
    const retryAfterMs = ClusterError.is(error) ? (error.retryAfterMs ?? 0) : 0;
    return {
      waitMs: Math.max(backoffMs, retryAfterMs),
      relist: this.#relistAfter(ending),
      report: reportOf(ending, error, resource),
    };
  }

  #endingOf(error: unknown): Ending {
    if (error === undefined) return 'ended';
    if (error instanceof MalformedFrameError) return 'malformed';
    // A server that does not even accept the watch says nothing about its version.
    if (error instanceof SilentWatchError) return this.#openedAt === undefined ? 'failed' : 'silent';
    if (!ClusterError.is(error)) return 'failed';
    if (error.code === 'expired') return 'expired';
    return this.#openedAt !== undefined && failureOf(error) === 'network' ? 'broken' : 'failed';
  }

  #relistAfter(ending: Ending): RelistReason | undefined {
    if (ending === 'expired') return 'expired';
    if (ending === 'malformed') {
      this.#malformed += 1;
      return this.#malformed % MALFORMED_LIMIT === 0 ? 'malformed' : undefined;
    }
    if (ending === 'silent') {
      this.#silent += 1;
      return this.#silent % SILENT_LIMIT === 0 ? 'silent' : undefined;
    }
    return undefined;
  }
}

function reportOf(ending: Ending, error: unknown, resource: string): ClusterError | undefined {
  if (ending === 'ended' || ending === 'broken' || ending === 'expired') return undefined;
  if (ClusterError.is(error)) return error;
  if (error instanceof MalformedFrameError) {
    return new ClusterError('unexpected', `watch ${resource}: a frame could not be read; the watch begins anew.`);
  }
  if (error instanceof SilentWatchError) {
    return new ClusterError('unavailable', `watch ${resource}: nothing came for too long; the watch begins anew.`);
  }
  return new ClusterError('unexpected', `watch ${resource}: a bug; the watch begins anew.`, { cause: error });
}
