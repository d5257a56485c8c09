import type { ExternalSecret, Problem } from '@esox/api';
import { ClusterError, keyOf, type Result } from '@esox/cluster';
import { ProviderError } from '@esox/core';
import type { ControllerObserver } from '../observer.ts';
import { StorePending } from '../stores/store-catalog.ts';
import type { Pass } from './reconcile.ts';
import type { StatusReporter } from './status-reporter.ts';
import type { SyncFactsStore } from './sync-facts.ts';
import { TargetError } from './target-error.ts';

export interface FailuresOptions {
  readonly reporter: StatusReporter;
  readonly facts: SyncFactsStore;
  readonly observer: ControllerObserver;
  /** Wakes the object once the store has been validated. */
  readonly waitForStore: (pending: StorePending, key: string) => void;
}

const problemsTold = 5;
const longestPath = 120;

/** What becomes of an object whose pass did not succeed. The target stays as it is in every case. */
export class Failures {
  readonly #options: FailuresOptions;

  constructor(options: FailuresOptions) {
    this.#options = options;
  }

  async settle(pass: Pass, error: unknown): Promise<Result> {
    const { key, object, signal } = pass;
    if (error instanceof StorePending) {
      this.#options.waitForStore(error, key);
      return { type: 'done' };
    }
    if (signal.aborted) return { type: 'failed', error: new Error('the operator is stopping'), retry: true };
    // Somebody else wrote in between: that is no failure of the object.
    if (ClusterError.is(error) && error.code === 'conflict') return { type: 'failed', error, retry: true };
    if (!isExpected(error))
      this.#options.observer.unexpected?.({ controller: 'externalsecret', key, error: asError(error) });
    this.#options.facts.update(key, object, { failed: true });
    await this.#options.reporter.failure(object, messageOf(error), signal);
    return resultOf(error);
  }

  /** A stored object that the schema would refuse today: it harms nobody else, and waits for a change. */
  async unreadable(object: ExternalSecret, problems: readonly Problem[], signal: AbortSignal): Promise<Result> {
    const text = describeProblems(problems);
    this.#options.facts.update(keyOf(object), object, { failed: true });
    try {
      await this.#options.reporter.failure(object, `the ExternalSecret is not valid: ${text}`, signal);
    } catch (error) {
      // Where a field has another type than the CRD says, the API server takes no status either: the event has to do.
      if (!ClusterError.is(error) || error.code !== 'invalid') throw error;
    }
    return { type: 'done' };
  }
}

export function resultOf(error: unknown): Result {
  if (error instanceof TargetError && !error.retry) return { type: 'done' };
  const retryAfterMs = ProviderError.is(error) || ClusterError.is(error) ? error.retryAfterMs : undefined;
  return {
    type: 'failed',
    error: asError(error),
    retry: true,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}

/** The first few: an object of a megabyte may have a mistake in every line. */
export function describeProblems(problems: readonly Problem[]): string {
  const texts = problems.slice(0, problemsTold).map(({ path, message }) => `${shortened(path)}: ${message}`);
  const more = problems.length - texts.length;
  return [...texts, ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
}

function shortened(path: string): string {
  return path.length > longestPath ? `${path.slice(0, longestPath)}…` : path;
}

function messageOf(error: unknown): string {
  if (error instanceof TargetError || ProviderError.is(error)) return error.message;
  if (ClusterError.is(error)) return `cannot write the Secret: ${error.message}`;
  return 'an unexpected error inside Esox; the log of the operator has the details (code internal)';
}

function isExpected(error: unknown): boolean {
  if (ProviderError.is(error)) return error.code !== 'internal';
  return error instanceof TargetError || ClusterError.is(error);
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error('a value was thrown that is no error');
}
