import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher, Pool as PoolType } from 'undici';
import Pool from 'undici/lib/dispatcher/pool.js';
import type { ClientCertificate, Connection, Credentials } from './connection.ts';
import { type Refusal, ResponseHandler, type ResponseSink, TransportError } from './response-handler.ts';

export interface TransportRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With the query, without the path of the server's URL. */
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body?: string | undefined;
  readonly signal: AbortSignal;
  readonly refusal?: Refusal;
}

export interface TransportResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface SendLimits {
  /** From the call to the last byte of the response. */
  readonly timeoutMs: number;
  readonly maxBytes: number;
}

/** Sockets for requests. A watch has a socket of its own besides. */
const CONNECTIONS = 32;
const CONNECT_TIMEOUT_MS = 10_000;
/** Below the 90 s after which the API server closes an idle socket, so that no request meets a closing one. */
const KEEP_ALIVE_MS = 30_000;

interface Sockets {
  readonly certificate: ClientCertificate | undefined;
  readonly requests: Dispatcher;
  readonly watches: Dispatcher;
}

/** Bytes to and from one API server: sockets, TLS, time limits. Knows nothing of Kubernetes. */
export class Transport {
  readonly #connection: Connection;
  readonly #pathPrefix: string;
  #sockets: Promise<Sockets> | undefined;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#pathPrefix = connection.server.pathname.replace(/\/+$/, '');
  }

  /** The whole response. Throws a TransportError, or the signal's reason. */
  async send(request: TransportRequest, credentials: Credentials, limits: SendLimits): Promise<TransportResponse> {
    const body = new BodySink(limits.maxBytes);
    const handler = new ResponseHandler(body, request.signal, request.refusal);
    const timer = setTimeout(() => handler.abort(new TransportError('timeout')), limits.timeoutMs);
    try {
      const { requests } = await this.#socketsFor(credentials.certificate);
      requests.dispatch(this.#options(request, credentials), handler);
      await handler.ended;
    } finally {
      clearTimeout(timer);
    }
    return { status: body.status, headers: body.headers, body: body.text() };
  }

  /** Hands the response to `sink` as it comes, until it ends. Throws a TransportError, or the signal's reason. */
  async stream(request: TransportRequest, credentials: Credentials, sink: ResponseSink): Promise<void> {
    const handler = new ResponseHandler(sink, request.signal);
    const { watches } = await this.#socketsFor(credentials.certificate);
    watches.dispatch(this.#options(request, credentials), handler);
    await handler.ended;
  }

  async close(): Promise<void> {
    const sockets = await this.#sockets?.catch(() => undefined);
    await Promise.all([sockets?.requests.destroy(), sockets?.watches.destroy()]);
  }

  #options(request: TransportRequest, credentials: Credentials): Dispatcher.DispatchOptions {
    const { method, headers } = request;
    if (credentials.authorization !== undefined) headers['authorization'] = credentials.authorization;
    return {
      origin: this.#connection.server.origin,
      path: this.#pathPrefix + request.path,
      method,
      headers,
      body: request.body ?? null,
      // Time is limited from outside: as a whole for a request, by silence for a watch.
      headersTimeout: 0,
      bodyTimeout: 0,
    };
  }

  /** Sockets are bound to the certificate that they were opened with; a renewed one gets new sockets. */
  async #socketsFor(certificate: ClientCertificate | undefined): Promise<Sockets> {
    const sockets = await (this.#sockets ??= this.#open(certificate));
    if (sockets.certificate?.cert.toString() === certificate?.cert.toString()) return sockets;
    this.#sockets = this.#open(certificate);
    // What is under way ends on the old sockets.
    void sockets.requests.close();
    void sockets.watches.close();
    return this.#sockets;
  }

  async #open(certificate: ClientCertificate | undefined): Promise<Sockets> {
    const { proxyUrl, server } = this.#connection;
    const tls = this.#tls(certificate);
    // One connection of HTTP/2 costs Node half as much again in CPU and memory as several of HTTP/1.1.
    const options = {
      allowH2: false,
      pipelining: 1,
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: KEEP_ALIVE_MS,
    };
    if (proxyUrl === undefined) {
      const open = (connections: number | null): PoolType =>
        new Pool(server.origin, { ...options, connections, connect: { ...tls, timeout: CONNECT_TIMEOUT_MS } });
      return { certificate, requests: open(CONNECTIONS), watches: open(null) };
    }
    // Works only with the whole of undici.
    const { ProxyAgent } = await import('undici');
    const open = (connections: number | null): Dispatcher =>
      new ProxyAgent({ ...options, connections, uri: proxyUrl, requestTls: { ...tls, timeout: CONNECT_TIMEOUT_MS } });
    return { certificate, requests: open(CONNECTIONS), watches: open(null) };
  }

  #tls(certificate: ClientCertificate | undefined): {
    ca?: string | Buffer;
    servername?: string;
    rejectUnauthorized: boolean;
    cert?: string | Buffer;
    key?: string | Buffer;
  } {
    const { ca, serverName, skipVerification } = this.#connection.tls;
    return {
      ...(ca === undefined ? {} : { ca }),
      ...(serverName === undefined ? {} : { servername: serverName }),
      rejectUnauthorized: skipVerification !== true,
      ...certificate,
    };
  }
}

/** Gathers a response of limited size. */
class BodySink implements ResponseSink {
  status = 0;
  headers: IncomingHttpHeaders = {};
  readonly #maxBytes: number;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  head(status: number, headers: IncomingHttpHeaders): void {
    this.status = status;
    this.headers = headers;
  }

  data(chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > this.#maxBytes) throw new TransportError('too-large');
    this.#chunks.push(chunk);
  }

  text(): string {
    const [first] = this.#chunks;
    if (this.#chunks.length === 1 && first !== undefined) return first.toString();
    return Buffer.concat(this.#chunks, this.#bytes).toString();
  }
}
