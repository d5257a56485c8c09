import { ProviderError, sensibleWait } from '../provider/errors.ts';
import type { Call, Clock } from '../provider/host.ts';
import { failure, type Outcome } from '../provider/outcome.ts';
import {
  can,
  type FindQuery,
  type FoundSecret,
  type Provider,
  type Reader,
  type ReadRef,
  type SecretValue,
} from '../provider/provider.ts';
import { checkedFound, checkedOutcomes, checkedState } from './answer-check.ts';
import { Answers } from './answers.ts';
import { ReadQueue, type WaitingRead } from './batch.ts';
import { disposeClient } from './client-disposal.ts';
import { Flight, type Waited } from './flights.ts';
import { Gate } from './gate.ts';
import type { Lane, ReadRequest } from './lane.ts';
import type { EngineObserver } from './observer.ts';
import { callPlugin } from './plugin-call.ts';
import { listingForm, secretForm, type ValueCache } from './value-cache.ts';

/** A pause up to here is waited for; a longer one is answered with `rate-limited`, so that no worker stands still. */
const holdMs = 2_000;
const leastPauseMs = 1_000;
const mostPauseMs = 30_000;
const mostRefs = 1_000;

export interface ClientLaneOptions {
  /** Sets this lane apart from every other, closed ones included. */
  readonly sequence: number;
  readonly identity: () => string;
  readonly provider: Provider;
  readonly store: string;
  readonly client: Reader;
  readonly cache: ValueCache;
  readonly clock: Clock;
  readonly observer: EngineObserver;
  readonly callTimeoutMs: number;
  readonly concurrency: number;
}

/** A `find` or a `check` that waits for its turn. */
interface WaitingCall {
  readonly flight: Waited;
  start(): Promise<void>;
  refuse(error: ProviderError): void;
}

/** One call for one answer. */
interface SingleCall<T> {
  readonly kind: 'find' | 'check';
  readonly flight: Flight<Outcome<T>>;
  land(answer: Outcome<T>): void;
  work(call: Call, alive: () => void): Promise<T>;
}

/** The lane of one connected client. */
export class ClientLane implements Lane {
  readonly provider: Provider;
  readonly #options: ClientLaneOptions;
  readonly #secrets: Answers<SecretValue>;
  readonly #listings: Answers<readonly FoundSecret[]>;
  readonly #reads: ReadQueue;
  readonly #calls: WaitingCall[] = [];
  readonly #gate: Gate;
  readonly #disposed = new AbortController();
  #closing: Promise<void> | undefined;
  /** Times in a row that the backend asked to wait without saying how long. */
  #throttled = 0;
  #usedAt: number;

  constructor(options: ClientLaneOptions) {
    const { cache, clock, observer, provider, sequence } = options;
    const shared = { cache, clock, observer, provider: provider.id };
    this.provider = provider;
    this.#options = options;
    this.#secrets = new Answers({ ...shared, form: secretForm, prefix: `${sequence}/read/` });
    this.#listings = new Answers({ ...shared, form: listingForm, prefix: `${sequence}/find/` });
    this.#reads = new ReadQueue(provider.limits?.batch ?? mostRefs);
    const concurrency = provider.limits?.concurrency ?? options.concurrency;
    this.#gate = new Gate({ clock, concurrency, start: () => this.#startNext(), closed: this.#disposed.signal });
    this.#usedAt = clock.now();
  }

  get id(): string {
    return this.#options.identity();
  }

  /** When it last had something to do, of the pool's clock. */
  get usedAt(): number {
    return this.#usedAt;
  }

  use(): void {
    this.#usedAt = this.#options.clock.now();
  }

  async read(ref: ReadRef, request: ReadRequest): Promise<Outcome<SecretValue>> {
    request.signal.throwIfAborted();
    this.use();
    const key = JSON.stringify([ref.key, ref.version ?? null, ref.property ?? null, ref.metadata ?? false]);
    const known = this.#secrets.recall(key, request);
    if (known) return known;
    const refusal = this.#refusal();
    if (refusal) return failure(refusal);
    const flight = this.#secrets.open(key);
    this.#reads.add({ key, ref, flight });
    if (this.#reads.isFull) this.#gate.open();
    else this.#gate.schedule();
    return flight.join(request.signal);
  }

  async find(query: FindQuery, request: ReadRequest): Promise<Outcome<readonly FoundSecret[]>> {
    request.signal.throwIfAborted();
    this.use();
    const tags = query.tags && Object.entries(query.tags).toSorted(([a], [b]) => (a < b ? -1 : 1));
    const key = JSON.stringify([query.name ?? null, query.path ?? null, tags ?? null]);
    const known = this.#listings.recall(key, request);
    if (known) return known;
    const refusal = this.#refusal();
    if (refusal) return failure(refusal);
    const flight = this.#listings.open(key);
    return this.#enqueue({
      kind: 'find',
      flight,
      land: (answer: Outcome<readonly FoundSecret[]>) => this.#listings.land(key, flight, answer),
      work: (call, alive) => this.#list(query, call, alive),
    }).join(request.signal);
  }

  async check(signal: AbortSignal): Promise<'ready' | 'unknown'> {
    signal.throwIfAborted();
    this.use();
    const refusal = this.#refusal();
    if (refusal) throw refusal;
    const { client, provider } = this.#options;
    const flight = new Flight<Outcome<'ready' | 'unknown'>>();
    const answer = await this.#enqueue({
      kind: 'check',
      flight,
      land: (state: Outcome<'ready' | 'unknown'>) => flight.land(state),
      work: async (call) => checkedState(await client.check(call), provider.id),
    }).join(signal);
    if (!answer.ok) throw answer.error;
    return answer.value;
  }

  /** Closes the client when its calls have ended. Later requests are refused. */
  close(): Promise<void> {
    this.#closing ??= this.#dispose();
    return this.#closing;
  }

  async #dispose(): Promise<void> {
    const { cache, client, clock, callTimeoutMs, sequence } = this.#options;
    if (this.#gate.pauseMs > 0) this.#refuseWaiting(replaced());
    await this.#gate.whenIdle();
    this.#disposed.abort();
    cache.dropLane(`${sequence}/`);
    await disposeClient(client, clock, callTimeoutMs);
  }

  #refusal(): ProviderError | undefined {
    if (this.#closing) return replaced();
    const { pauseMs } = this.#gate;
    return pauseMs > holdMs ? this.#rateLimited(pauseMs) : undefined;
  }

  #rateLimited(pauseMs: number): ProviderError {
    const text = `the backend of provider ${JSON.stringify(this.provider.id)} asks to wait: too many requests`;
    return new ProviderError('rate-limited', text, { retryAfterMs: pauseMs });
  }

  #refuseWaiting(error: ProviderError): void {
    for (const call of this.#calls.splice(0)) call.refuse(error);
    for (const { key, flight } of this.#reads.drain()) this.#secrets.land(key, flight, failure(error));
  }

  #enqueue<T>(single: SingleCall<T>): Flight<Outcome<T>> {
    const { flight, kind, land, work } = single;
    this.#calls.push({
      flight,
      start: async () => {
        const answer = await this.#run(kind, [flight], work);
        this.#heed([answer]);
        land(answer);
      },
      refuse: (error) => land(failure(error)),
    });
    this.#gate.schedule();
    return flight;
  }

  #startNext(): boolean {
    for (let call = this.#calls.shift(); call; call = this.#calls.shift()) {
      if (call.flight.abandoned) continue;
      void call.start();
      return true;
    }
    const batch = this.#reads.take();
    if (batch.length > 0) void this.#readBatch(batch);
    return batch.length > 0;
  }

  async #readBatch(batch: readonly WaitingRead[]): Promise<void> {
    const { client, provider } = this.#options;
    const refs = batch.map((read) => read.ref);
    const flights = batch.map((read) => read.flight);
    const answer = await this.#run('read', flights, async (call) =>
      checkedOutcomes(await client.read(refs, call), refs.length, provider.id),
    );
    const outcomes = answer.ok ? answer.value : batch.map(() => answer);
    this.#heed(outcomes);
    outcomes.forEach((outcome, index) => {
      const read = batch[index];
      if (read) this.#secrets.land(read.key, read.flight, outcome);
    });
  }

  async #list(query: FindQuery, call: Call, alive: () => void): Promise<readonly FoundSecret[]> {
    const { client, provider } = this.#options;
    if (!can(provider, client, 'find')) {
      throw new ProviderError('not-supported', `provider ${JSON.stringify(provider.id)} cannot find secrets`);
    }
    const found: FoundSecret[] = [];
    for await (const item of client.find(query, call)) {
      call.signal.throwIfAborted();
      alive();
      found.push(checkedFound(item, provider.id));
    }
    return found;
  }

  /** One call of the plugin, which ends when nobody waits for any of its flights any more. */
  async #run<T>(
    kind: 'read' | 'find' | 'check',
    flights: readonly Waited[],
    work: (call: Call, alive: () => void) => Promise<T>,
  ): Promise<Outcome<T>> {
    const { clock, callTimeoutMs: timeoutMs, observer, store } = this.#options;
    const abandoned = new AbortController();
    for (const flight of flights) {
      flight.startedAt = clock.now();
      flight.whenAbandoned(() => {
        if (flights.every((other) => other.abandoned)) abandoned.abort(unwanted());
      });
    }
    const shared = { clock, observer, provider: this.provider.id, store, timeoutMs, signal: abandoned.signal };
    const answer = await callPlugin({ ...shared, kind, refs: flights.length, work });
    this.use();
    this.#gate.leave();
    return answer;
  }

  /** Pauses the lane when the backend asks for it. */
  #heed(outcomes: readonly Outcome<unknown>[]): void {
    const asked = outcomes.flatMap((outcome) => (outcome.ok ? [] : (askedPause(outcome.error) ?? [])));
    if (asked.length === 0) {
      if (outcomes.some((outcome) => outcome.ok || outcome.error.code === 'not-found')) this.#throttled = 0;
      return;
    }
    const backoffMs = Math.min(mostPauseMs, leastPauseMs * 2 ** this.#throttled);
    this.#throttled += 1;
    const pauseMs = Math.max(...asked.map((ms) => (ms === 'unknown' ? backoffMs : ms)));
    this.#gate.pause(pauseMs);
    this.#options.observer.paused?.(this.provider.id, pauseMs);
    if (this.#closing) this.#refuseWaiting(replaced());
    else if (pauseMs > holdMs) this.#refuseWaiting(this.#rateLimited(pauseMs));
  }
}

/** How long the backend wants to be left alone; undefined where it does not. */
function askedPause(error: ProviderError): number | 'unknown' | undefined {
  // A plugin may carry its own copy of ProviderError, with another idea of what is sensible.
  return sensibleWait(error.retryAfterMs) ?? (error.code === 'rate-limited' ? 'unknown' : undefined);
}

function replaced(): ProviderError {
  return new ProviderError('unavailable', 'the store or its credentials changed meanwhile; it is read again');
}

function unwanted(): ProviderError {
  return new ProviderError('unavailable', 'nobody waits for the answer any more');
}
