import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { ProxiedRequest } from './fault-rule.ts';

/** The response of one request on its way to the client, which can be held, altered or broken on the way. */
export class ResponseStream {
  readonly request: ProxiedRequest;
  readonly #client: ServerResponse;
  #upstream: IncomingMessage | undefined;
  /** What came while the stream is held. */
  #held: Buffer[] | undefined;
  #endIsHeld = false;
  #limit: { bytes: number; reached: () => void } | undefined;

  constructor(request: ProxiedRequest, client: ServerResponse) {
    this.request = request;
    this.#client = client;
    client.on('drain', () => this.#resume());
    client.on('close', () => {
      if (this.isOpen) request.state = 'aborted';
      this.#upstream?.destroy();
    });
  }

  get isOpen(): boolean {
    return this.request.state === 'waiting' || this.request.state === 'streaming';
  }

  /** Begins the answer, with the body still to come. */
  begin(status: number, headers: OutgoingHttpHeaders): void {
    this.request.status = status;
    this.request.state = 'streaming';
    this.#client.writeHead(status, headers);
    // A watch has no bytes for a long time, and its client waits for the headers.
    this.#client.flushHeaders();
  }

  /** Passes the server's body on, chunk by chunk, as fast as the client takes it. */
  follow(upstream: IncomingMessage): void {
    this.#upstream = upstream;
    upstream.on('data', (chunk: Buffer) => {
      if (!this.write(chunk)) upstream.pause();
    });
    upstream.on('end', () => this.end());
    upstream.on('error', () => this.break());
    if (this.#held !== undefined) upstream.pause();
  }

  /** Calls `reached` once so many bytes of the body were passed on. */
  limit(bytes: number, reached: () => void): void {
    if (bytes <= this.request.bytes) reached();
    else this.#limit = { bytes, reached };
  }

  /** False when the client does not keep up, or the stream is held. */
  write(chunk: Buffer): boolean {
    if (!this.isOpen) return false;
    if (this.#held !== undefined) {
      this.#held.push(chunk);
      return false;
    }
    const limit = this.#limit;
    const room = limit === undefined ? Infinity : limit.bytes - this.request.bytes;
    if (limit === undefined || chunk.length < room) return this.#send(chunk);
    this.#limit = undefined;
    this.#send(chunk.subarray(0, room));
    limit.reached();
    return this.write(chunk.subarray(room));
  }

  /** Ends the body in order. */
  end(): void {
    if (this.#held !== undefined) {
      this.#endIsHeld = true;
      return;
    }
    if (!this.isOpen) return;
    this.request.state = 'done';
    this.#client.end();
    this.#upstream?.destroy();
  }

  /** Breaks the connection: the client sees a body that stops short. */
  break(): void {
    if (!this.isOpen) return;
    this.request.state = 'broken';
    this.#client.socket?.destroySoon();
    this.#upstream?.destroy();
  }

  /** Resets the connection, as the kernel does for a process that crashed. */
  reset(): void {
    if (!this.isOpen) return;
    this.request.state = 'broken';
    this.#client.socket?.resetAndDestroy();
  }

  /** Passes nothing more, and keeps the connection. */
  hold(): void {
    this.#held ??= [];
    this.#upstream?.pause();
  }

  /** Passes on what was held, and goes on. */
  release(): void {
    const held = this.#held;
    if (held === undefined) return;
    this.#held = undefined;
    for (const chunk of held) this.write(chunk);
    if (this.#endIsHeld) this.end();
    else this.#resume();
  }

  #send(chunk: Buffer): boolean {
    if (chunk.length === 0) return true;
    this.request.bytes += chunk.length;
    return this.#client.write(chunk);
  }

  #resume(): void {
    if (this.#held === undefined) this.#upstream?.resume();
  }
}
