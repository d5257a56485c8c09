import type { Outcome } from '../provider/outcome.ts';
import type { FindQuery, FoundSecret, Provider, ReadRef, SecretValue } from '../provider/provider.ts';

export interface ReadRequest {
  /** Ends this waiter's wait; the call itself goes on while somebody else waits for it. */
  readonly signal: AbortSignal;
  /** A value that was read at most so long ago will do; 0 for a refresh that has a cause. */
  readonly maxAgeMs: number;
  /** Time of the cause (of the pool's clock): a read that started after it will do, an older one only within `maxAgeMs`. */
  readonly since: number;
}

/** All calls of one client identity. Nothing is ever shared between two lanes. */
export interface Lane {
  /** Names store, generation, consumer and credential versions: equal ids read the same place as the same identity. */
  readonly id: string;
  readonly provider: Provider;
  /** Rejects only with the reason of an aborted `request.signal`. */
  read(ref: ReadRef, request: ReadRequest): Promise<Outcome<SecretValue>>;
  /** The complete listing. Rejects only with the reason of an aborted `request.signal`. */
  find(query: FindQuery, request: ReadRequest): Promise<Outcome<readonly FoundSecret[]>>;
  /** Rejects with a ProviderError, or with the reason of an aborted `signal`. */
  check(signal: AbortSignal): Promise<'ready' | 'unknown'>;
}
