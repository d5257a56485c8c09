import { ProviderError } from '../provider/errors.ts';
import type { Call, Clock } from '../provider/host.ts';
import { failure, success, type Outcome } from '../provider/outcome.ts';
import { disposeClient } from './client-disposal.ts';
import { ClientLane } from './client-lane.ts';
import type { ClientSource, ConnectedClient, CredentialVersion } from './client-source.ts';
import { Flight } from './flights.ts';
import type { Lane } from './lane.ts';
import type { EngineObserver } from './observer.ts';
import { callPlugin } from './plugin-call.ts';

const leastBackoffMs = 1_000;
const mostBackoffMs = 30_000;

export interface ClientSlotOptions {
  readonly provider: string;
  readonly store: string;
  readonly clock: Clock;
  readonly observer: EngineObserver;
  readonly connectTimeoutMs: number;
  readonly callTimeoutMs: number;
  readonly lane: (connected: ConnectedClient) => ClientLane;
  /** Is given the end of every client that is closed. */
  readonly onClose: (closing: Promise<void>) => void;
}

interface FailedConnect {
  readonly error: ProviderError;
  readonly credentials: readonly CredentialVersion[];
  readonly attempts: number;
  /** Of the pool's clock. */
  readonly until: number;
}

interface Connecting {
  readonly flight: Flight<Outcome<ClientLane>>;
  readonly stop: AbortController;
}

/** The one client of one store for one consumer namespace. */
export class ClientSlot {
  readonly #options: ClientSlotOptions;
  #lane: ClientLane | undefined;
  #credentials: () => readonly CredentialVersion[] = () => [];
  #connecting: Connecting | undefined;
  #failed: FailedConnect | undefined;

  constructor(options: ClientSlotOptions) {
    this.#options = options;
  }

  /** Whether there is nothing to keep: no client, no connect under way, no failure that still counts. */
  get isEmpty(): boolean {
    const counts = this.#failed !== undefined && this.#options.clock.now() < this.#failed.until + mostBackoffMs;
    return !this.#lane && !this.#connecting && !counts;
  }

  /** The lane of a client with current credentials. Rejects with a ProviderError, or with the signal's reason. */
  async lane(source: ClientSource, signal: AbortSignal): Promise<Lane> {
    signal.throwIfAborted();
    const joined = this.#connecting;
    const current = await this.#connectIfNeeded(source, signal);
    // A login that was under way may have begun with credentials that have changed since: once more, then.
    return joined && !this.#isCurrent(source) ? this.#connectIfNeeded(source, signal) : current;
  }

  async #connectIfNeeded(source: ClientSource, signal: AbortSignal): Promise<Lane> {
    const lane = this.#currentLane(source);
    if (lane) return lane;
    if (!this.#connecting) this.#refuseDuringBackoff(source);
    this.#connecting ??= this.#connect(source);
    const answer = await this.#connecting.flight.join(signal);
    if (!answer.ok) throw answer.error;
    return answer.value;
  }

  #currentLane(source: ClientSource): Lane | undefined {
    if (this.#lane && !this.#isCurrent(source)) this.#closeLane();
    this.#lane?.use();
    return this.#lane;
  }

  #isCurrent(source: ClientSource): boolean {
    return this.#lane !== undefined && source.isCurrent(this.#credentials());
  }

  /** So that many objects of a store whose login fails do not all log in. */
  #refuseDuringBackoff(source: ClientSource): void {
    if (!this.#failed) return;
    if (!source.isCurrent(this.#failed.credentials)) this.#failed = undefined;
    else if (this.#options.clock.now() < this.#failed.until) throw this.#failed.error;
  }

  #connect(source: ClientSource): Connecting {
    const connecting = { flight: new Flight<Outcome<ClientLane>>(), stop: new AbortController() };
    connecting.flight.whenAbandoned(() => this.#stopConnecting('nobody waits for the client any more', connecting));
    void this.#carryOut(source, connecting);
    return connecting;
  }

  async #carryOut(source: ClientSource, { flight, stop }: Connecting): Promise<void> {
    const { clock, observer, provider, store, connectTimeoutMs: timeoutMs } = this.#options;
    const used: CredentialVersion[] = [];
    let made: ConnectedClient | undefined;
    const work = async (call: Call): Promise<ConnectedClient> => {
      const connected = await source.connect(call, (credential) => used.push(credential));
      // A plugin that ignored its signal: nobody will use this client.
      if (call.signal.aborted) await this.#discard(connected);
      else made = connected;
      return connected;
    };
    const shared = { clock, observer, provider, store, timeoutMs, signal: stop.signal };
    const answer = await callPlugin({ ...shared, kind: 'connect', refs: 1, work });
    if (answer.ok && !stop.signal.aborted) {
      flight.land(success(this.#accept(answer.value)));
      return;
    }
    if (made) void this.#discard(made);
    flight.land(failure(this.#refuse(answer, stop.signal, used)));
  }

  #refuse(answer: Outcome<unknown>, stopped: AbortSignal, used: readonly CredentialVersion[]): ProviderError {
    // A connect that was stopped says nothing about the login.
    if (answer.ok || stopped.aborted) return ProviderError.from(stopped.reason, 'Connecting');
    this.#connecting = undefined;
    this.#remember(answer.error, used);
    return answer.error;
  }

  #discard(connected: ConnectedClient): Promise<void> {
    return disposeClient(connected.client, this.#options.clock, this.#options.callTimeoutMs);
  }

  #accept(connected: ConnectedClient): ClientLane {
    this.#connecting = undefined;
    this.#failed = undefined;
    this.#credentials = connected.credentials;
    this.#lane = this.#options.lane(connected);
    return this.#lane;
  }

  #remember(error: ProviderError, credentials: readonly CredentialVersion[]): void {
    const attempts = (this.#failed?.attempts ?? 0) + 1;
    const backoffMs = Math.min(mostBackoffMs, leastBackoffMs * 2 ** (attempts - 1));
    const until = this.#options.clock.now() + Math.max(backoffMs, error.retryAfterMs ?? 0);
    this.#failed = { error, credentials, attempts, until };
  }

  /** Closes a client that nobody has used since `time`. */
  closeIfIdleSince(time: number): void {
    if (this.#lane && this.#lane.usedAt <= time) this.#closeLane();
  }

  close(): void {
    this.#closeLane();
    if (this.#connecting) this.#stopConnecting('the store changed meanwhile; it is read again', this.#connecting);
  }

  #stopConnecting(why: string, connecting: Connecting): void {
    connecting.stop.abort(new ProviderError('unavailable', why));
    if (this.#connecting === connecting) this.#connecting = undefined;
  }

  #closeLane(): void {
    if (this.#lane) this.#options.onClose(this.#lane.close());
    this.#lane = undefined;
  }
}
