import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';

export type TransportFailure = 'timeout' | 'too-large' | 'network';

/** The response did not come, or not whole. */
export class TransportError extends Error {
  override readonly name = 'TransportError';
  readonly failure: TransportFailure;
  /** Of the operating system, TLS or the HTTP client, such as `ECONNREFUSED`. */
  readonly reason: string | undefined;

  constructor(failure: TransportFailure, reason?: string) {
    super(reason === undefined ? failure : `${failure}: ${reason}`);
    this.failure = failure;
    this.reason = reason;
  }
}

/** Asked right before the first byte of a request leaves; an error keeps it here and is thrown to its caller. */
export type Refusal = () => Error | undefined;

/** Takes a response in pieces. What it throws ends the request and is thrown to its caller. */
export interface ResponseSink {
  head(status: number, headers: IncomingHttpHeaders): void;
  data(chunk: Buffer): void;
}

/** Between undici and a sink: settles `ended` exactly once, and drops the socket when the request is aborted. */
export class ResponseHandler implements Dispatcher.DispatchHandler {
  readonly ended: Promise<void>;
  readonly #sink: ResponseSink;
  readonly #signal: AbortSignal;
  readonly #refusal: Refusal;
  readonly #onAbort = (): void => this.abort(this.#signal.reason);
  readonly #settle: PromiseWithResolvers<void>;
  #controller: Dispatcher.DispatchController | undefined;
  #aborted: { readonly reason: unknown } | undefined;

  constructor(sink: ResponseSink, signal: AbortSignal, refusal: Refusal = () => undefined) {
    this.#sink = sink;
    this.#signal = signal;
    this.#refusal = refusal;
    this.#settle = Promise.withResolvers();
    this.ended = this.#settle.promise;
    // It may fail before anybody awaits it.
    this.ended.catch(() => undefined);
    if (signal.aborted) this.abort(signal.reason);
    else signal.addEventListener('abort', this.#onAbort);
  }

  /** Rejects at once, even while the request still waits for a socket. */
  abort(reason: unknown): void {
    if (this.#aborted !== undefined) return;
    this.#aborted = { reason };
    // First the reason that counts: dropping the socket reports an error of its own.
    this.#finish(() => this.#settle.reject(reason));
    this.#controller?.abort(new Error('aborted'));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    const refusal = this.#refusal();
    if (refusal) this.abort(refusal);
    // Also where it had been given up before, and `abort` has nothing left to do.
    if (this.#aborted !== undefined) controller.abort(new Error('aborted'));
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200) return;
    this.#guard(() => this.#sink.head(status, headers));
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#guard(() => this.#sink.data(chunk));
  }

  onResponseEnd(): void {
    this.#finish(() => this.#settle.resolve());
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error & { code?: unknown }): void {
    const reason = typeof error.code === 'string' ? error.code : undefined;
    this.#finish(() => this.#settle.reject(new TransportError('network', reason)));
  }

  #guard(act: () => void): void {
    if (this.#aborted !== undefined) return;
    try {
      act();
    } catch (error) {
      this.abort(error);
    }
  }

  #finish(settle: () => void): void {
    this.#signal.removeEventListener('abort', this.#onAbort);
    settle();
  }
}
