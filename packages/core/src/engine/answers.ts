import type { Clock } from '../provider/host.ts';
import type { Outcome } from '../provider/outcome.ts';
import { Flights, type Flight } from './flights.ts';
import type { ReadRequest } from './lane.ts';
import type { EngineObserver } from './observer.ts';
import type { Form, ValueCache } from './value-cache.ts';

export interface AnswersOptions<T> {
  readonly cache: ValueCache;
  /** Sets this lane's answers of this kind apart from all others in the cache. */
  readonly prefix: string;
  readonly form: Form<T>;
  readonly provider: string;
  readonly clock: Clock;
  readonly observer: EngineObserver;
}

/** What one lane knows, or is about to know, about one kind of question. */
export class Answers<T> {
  readonly #options: AnswersOptions<T>;
  readonly #flights = new Flights<Outcome<T>>();

  constructor(options: AnswersOptions<T>) {
    this.#options = options;
  }

  /** An answer that is fresh enough, or the wait for one that is under way; undefined where the backend must be asked. */
  recall(key: string, request: ReadRequest): Promise<Outcome<T>> | undefined {
    const { cache, clock, prefix, form, provider, observer } = this.#options;
    const now = clock.now();
    const cached = cache.get(prefix + key, startedAfter(request, now), form);
    if (cached) {
      observer.cacheHit?.(provider);
      return Promise.resolve(cached);
    }
    const flight = this.#flights.find(key, request, now);
    if (!flight) return undefined;
    observer.joined?.(provider);
    return flight.join(request.signal);
  }

  open(key: string): Flight<Outcome<T>> {
    return this.#flights.open(key);
  }

  land(key: string, flight: Flight<Outcome<T>>, answer: Outcome<T>): void {
    const { cache, prefix, form } = this.#options;
    if (flight.startedAt !== undefined) cache.set(prefix + key, flight.startedAt, answer, form);
    this.#flights.land(key, flight, answer);
  }
}

/** A read from the very millisecond of the cause may have come before it. */
function startedAfter({ since, maxAgeMs }: ReadRequest, now: number): number {
  return maxAgeMs > 0 ? Math.min(since, now - maxAgeMs - 1) : since;
}
