import type { IncomingHttpHeaders } from 'node:http';
import { type Backoff, backoffDelay } from '../backoff.ts';
import type { Clock } from '../clock.ts';
import { ClusterError } from '../errors.ts';
import { acceptOf, type ApiRequest, classOf, describeRequest, methodOf, pathOf, resourceName } from './api-request.ts';
import type { Connection, Credentials } from './connection.ts';
import { isRecord, type JsonRecord, parseJson } from './json.ts';
import type { KubeObserver } from './observer.ts';
import { PauseGate } from './pause-gate.ts';
import { type ResponseSink, TransportError, type TransportFailure } from './response-handler.ts';
import { answerError } from './status-error.ts';
import { Transport, type TransportRequest } from './transport.ts';

export interface ApiClientOptions {
  readonly connection: Connection;
  readonly clock: Clock;
  readonly random: () => number;
  readonly userAgent: string;
  readonly observer: KubeObserver;
  readonly requestTimeoutMs: number;
  /** Asked right before a write leaves; false keeps it here, as a `conflict`. */
  readonly mayWrite?: (() => boolean) | undefined;
}

/** Called on the socket's stack. */
export interface WatchReceiver {
  /** The API server has accepted the watch. */
  opened(): void;
  data(chunk: Buffer): void;
}

/** A page of 500 whole Secrets can be large; beyond this, smaller pages are asked for. */
const MAX_RESPONSE_BYTES = 32 * 1024 * 1024;
const MAX_ATTEMPTS = 4;
const RETRY: Backoff = { baseMs: 100, maxMs: 2_000 };
/** A longer pause is told to the caller, who has better things to do than wait in the middle of a pass. */
const LONGEST_WAIT_MS = 10_000;
/** Where throttling names no time. */
const DEFAULT_PAUSE_MS = 1_000;
const MAX_KNOWN_WARNINGS = 1_000;
const MAX_REFUSAL_CHARACTERS = 65_536;

/** Requests to the API server: authentication, throttling, retries, and its errors as ClusterErrors. */
export class ApiClient {
  readonly clock: Clock;
  readonly random: () => number;
  readonly observer: KubeObserver;
  readonly #options: ApiClientOptions;
  readonly #transport: Transport;
  readonly #gate: PauseGate;
  readonly #warnings = new Set<string>();

  constructor(options: ApiClientOptions) {
    this.#options = options;
    this.clock = options.clock;
    this.random = options.random;
    this.observer = options.observer;
    this.#transport = new Transport(options.connection);
    this.#gate = new PauseGate(options.clock, options.random);
  }

  /** The JSON object that a 2xx answer holds. Throws a ClusterError, or the signal's reason. */
  async call(request: ApiRequest): Promise<JsonRecord> {
    for (let attempt = 1; ; attempt += 1) {
      await this.#pass(request);
      try {
        return await this.#authenticated(request, (credentials) => this.#attempt(request, credentials));
      } catch (error) {
        await this.#beforeRetry(request, error, attempt);
      }
    }
  }

  /**
   * Hands a watch to `receiver` as it comes, until it ends. Throws a ClusterError, the signal's reason, or what the
   * receiver throws. Is not held back by a pause and not repeated: that is up to the caller.
   */
  open(request: ApiRequest, receiver: WatchReceiver): Promise<void> {
    return this.#authenticated(request, async (credentials) => {
      const sink = new WatchSink(request, receiver);
      await this.#observed(request, async () => {
        await this.#transport.stream(this.#transportRequest(request), credentials, sink);
        return sink.status;
      });
      sink.throwIfFailed();
    });
  }

  close(): Promise<void> {
    return this.#transport.close();
  }

  async #pass(request: ApiRequest): Promise<void> {
    const requestClass = classOf(request);
    const remaining = this.#gate.remainingMs(requestClass);
    if (remaining > LONGEST_WAIT_MS) {
      const message = `${describeRequest(request)}: not sent, since the API server asked for a pause.`;
      throw new ClusterError('rate-limited', message, { retryAfterMs: remaining });
    }
    if (remaining > 0) await this.#gate.pass(requestClass, request.signal);
  }

  /** Credentials that the server refuses are renewed once: a token file may have been replaced just now. */
  async #authenticated<T>(request: ApiRequest, act: (credentials: Credentials) => Promise<T>): Promise<T> {
    const source = this.#options.connection.credentials;
    const credentials = await source.current();
    try {
      return await act(credentials);
    } catch (error) {
      if (!ClusterError.is(error) || error.code !== 'unauthenticated') throw error;
      source.renew();
      const renewed = await source.current();
      if (renewed.authorization === credentials.authorization && renewed.certificate === credentials.certificate)
        throw error;
      request.signal.throwIfAborted();
      return await act(renewed);
    }
  }

  async #attempt(request: ApiRequest, credentials: Credentials): Promise<JsonRecord> {
    const { requestTimeoutMs: timeoutMs } = this.#options;
    const limits = { timeoutMs, maxBytes: MAX_RESPONSE_BYTES };
    const response = await this.#observed(request, () =>
      this.#transport.send(this.#transportRequest(request), credentials, limits),
    );
    const { status, headers, body } = response;
    this.#warn(request, headers);
    if (status < 200 || status > 299) throw answerError(request, status, body, headers['retry-after']);
    const value = parseJson(body);
    if (isRecord(value)) return value;
    const message = `${describeRequest(request)}: the answer ${status} is no JSON object. Check the server's address.`;
    throw new ClusterError('unexpected', message, { status });
  }

  async #observed<T extends number | { readonly status: number }>(
    request: ApiRequest,
    act: () => Promise<T>,
  ): Promise<T> {
    const startedAt = this.clock.now();
    let status: number | undefined;
    try {
      const result = await act();
      status = typeof result === 'number' ? result : result.status;
      return result;
    } catch (error) {
      throw transportToClusterError(request, error);
    } finally {
      const durationMs = this.clock.now() - startedAt;
      this.observer.request?.({ verb: request.verb, resource: resourceName(request), status, durationMs });
    }
  }

  #transportRequest(request: ApiRequest): TransportRequest {
    const headers: Record<string, string> = { accept: acceptOf(request), 'user-agent': this.#options.userAgent };
    Object.assign(headers, this.#options.connection.headers);
    const { body, contentType = 'application/json', signal } = request;
    if (body !== undefined) headers['content-type'] = contentType;
    const text = body === undefined ? undefined : JSON.stringify(body);
    const refusal = (): Error | undefined => this.#refusal(request);
    return { method: methodOf(request), path: pathOf(request), headers, body: text, signal, refusal };
  }

  #refusal(request: ApiRequest): Error | undefined {
    const { mayWrite } = this.#options;
    if (classOf(request) === 'read' || mayWrite === undefined || mayWrite()) return undefined;
    const message = `${describeRequest(request)}: not sent, since another replica may be the leader by now.`;
    return new ClusterError('conflict', message);
  }

  /** Waits where the request may be sent again; throws `error` where not. */
  async #beforeRetry(request: ApiRequest, error: unknown, attempt: number): Promise<void> {
    if (!ClusterError.is(error)) throw error;
    const pauseMs = pauseOf(error);
    if (pauseMs !== undefined) this.#gate.pause(classOf(request), pauseMs);
    if (attempt >= MAX_ATTEMPTS || !mayRepeat(request, error)) throw error;
    if (pauseMs === undefined) await this.clock.sleep(backoffDelay(RETRY, attempt, this.random), request.signal);
  }

  /** Each text once. Those about Secrets are kept back, since a policy may quote what it warns of. */
  #warn(request: ApiRequest, headers: IncomingHttpHeaders): void {
    const { warning } = headers;
    if (warning === undefined || request.type.kind === 'Secret') return;
    for (const text of [warning].flat()) {
      if (this.#warnings.has(text) || this.#warnings.size >= MAX_KNOWN_WARNINGS) continue;
      this.#warnings.add(text);
      this.observer.warning?.(text);
    }
  }
}

/** How long the API server wants to be left alone. */
function pauseOf(error: ClusterError): number | undefined {
  if (error.code === 'rate-limited') return error.retryAfterMs ?? DEFAULT_PAUSE_MS;
  return error.code === 'unavailable' ? error.retryAfterMs : undefined;
}

/**
 * What was throttled has not been done. After another failure it may have been, so only repeatable requests go again;
 * and none whose time is up, since the caller has waited long enough.
 */
function mayRepeat({ verb, contentType }: ApiRequest, error: ClusterError): boolean {
  if (error.code === 'rate-limited') return true;
  if (error.code !== 'unavailable' || failureOf(error) === 'timeout') return false;
  return verb === 'get' || verb === 'list' || verb === 'delete' || contentType === APPLY_CONTENT_TYPE;
}

/** How the transport failed, where it was the transport. */
export function failureOf(error: ClusterError): TransportFailure | undefined {
  return error.cause instanceof TransportError ? error.cause.failure : undefined;
}

export const APPLY_CONTENT_TYPE = 'application/apply-patch+yaml';

function transportToClusterError(request: ApiRequest, error: unknown): unknown {
  if (!(error instanceof TransportError)) return error;
  const what = describeRequest(request);
  if (error.failure === 'too-large') {
    return new ClusterError('unexpected', `${what}: the answer is larger than ${MAX_RESPONSE_BYTES} bytes.`, {
      cause: error,
    });
  }
  const how =
    error.failure === 'timeout'
      ? 'did not answer in time'
      : `could not be reached (${error.reason ?? 'no reason given'})`;
  return new ClusterError('unavailable', `${what}: the API server ${how}.`, { cause: error });
}

/** An answer that is no watch is gathered for its Status, up to a limit. */
class WatchSink implements ResponseSink {
  status = 0;
  readonly #request: ApiRequest;
  readonly #receiver: WatchReceiver;
  #retryAfter: string | undefined;
  #refusal = '';

  constructor(request: ApiRequest, receiver: WatchReceiver) {
    this.#request = request;
    this.#receiver = receiver;
  }

  head(status: number, headers: IncomingHttpHeaders): void {
    this.status = status;
    this.#retryAfter = headers['retry-after'];
    if (status === 200) this.#receiver.opened();
  }

  data(chunk: Buffer): void {
    if (this.status === 200) this.#receiver.data(chunk);
    else if (this.#refusal.length < MAX_REFUSAL_CHARACTERS) this.#refusal += chunk.toString();
  }

  throwIfFailed(): void {
    if (this.status !== 200) throw answerError(this.#request, this.status, this.#refusal, this.#retryAfter);
  }
}
