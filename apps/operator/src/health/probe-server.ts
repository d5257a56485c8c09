import { once } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Server as SecureServer } from 'node:https';
import type { Address } from '../settings/address.ts';
import type { KeyPair } from './self-signed-certificate.ts';

// An import of this module loads all that it exports, WebSocket included, for 9 MB of resident memory.
const http = process.getBuiltinModule('node:http');

export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** Path → what to answer. */
export type Routes = Readonly<Record<string, (request: IncomingMessage) => Answer | Promise<Answer>>>;

/** A small HTTP server for probes, metrics and listings; it only ever answers GET. */
export class ProbeServer {
  readonly #server: Server | SecureServer;

  private constructor(server: Server | SecureServer) {
    this.#server = server;
  }

  /** Over TLS where a certificate is given. Rejects where the address cannot be had. */
  static async listen(address: Address, routes: Routes, certificate?: KeyPair): Promise<ProbeServer> {
    const listener = (request: IncomingMessage, response: ServerResponse) => void answer(routes, request, response);
    const server = certificate
      ? process.getBuiltinModule('node:https').createServer(certificate, listener)
      : http.createServer(listener);
    server.listen({ port: address.port, ...(address.host ? { host: address.host } : {}) });
    await once(server, 'listening');
    return new ProbeServer(server);
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address ? address.port : 0;
  }

  /** For connections to come. */
  useCertificate(certificate: KeyPair): void {
    if ('setSecureContext' in this.#server) this.#server.setSecureContext(certificate);
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }
}

export function text(status: number, body: string): Answer {
  return { status, contentType: 'text/plain; charset=utf-8', body: `${body}\n` };
}

export function json(body: unknown): Answer {
  return { status: 200, contentType: 'application/json', body: `${JSON.stringify(body, undefined, 2)}\n` };
}

async function answer(routes: Routes, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { status, contentType, body } = await answerOf(routes, request);
  response.writeHead(status, { 'content-type': contentType, 'x-content-type-options': 'nosniff' });
  response.end(request.method === 'HEAD' ? undefined : body);
}

async function answerOf(routes: Routes, request: IncomingMessage): Promise<Answer> {
  const [path = ''] = (request.url ?? '').split('?');
  const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
  if (!route) return text(404, 'not found');
  if (request.method !== 'GET' && request.method !== 'HEAD') return text(405, 'only GET is answered');
  try {
    return await route(request);
  } catch {
    return text(500, 'the answer could not be made');
  }
}
