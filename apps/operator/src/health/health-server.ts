import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { Address } from '../settings/address.ts';

// An import of this module loads all that it exports, WebSocket included, for 9 MB of resident memory.
const { createServer } = process.getBuiltinModule('node:http');

export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** Path → what to answer. */
export type Routes = Readonly<Record<string, () => Answer | Promise<Answer>>>;

/** A small HTTP server for probes, metrics and listings; it only ever answers GET. */
export class HealthServer {
  readonly #server: Server;

  private constructor(routes: Routes) {
    this.#server = createServer((request, response) => void answer(routes, request, response));
  }

  /** Rejects where the address cannot be had, with a message that says so. */
  static async listen(address: Address, routes: Routes): Promise<HealthServer> {
    const health = new HealthServer(routes);
    health.#server.listen({ port: address.port, ...(address.host ? { host: address.host } : {}) });
    await once(health.#server, 'listening');
    return health;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address ? address.port : 0;
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
  const [path = ''] = (request.url ?? '').split('?');
  const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
  const { status, contentType, body } = await answerOf(request, route);
  response.writeHead(status, { 'content-type': contentType, 'x-content-type-options': 'nosniff' });
  response.end(request.method === 'HEAD' ? undefined : body);
}

async function answerOf(request: IncomingMessage, route: Routes[string] | undefined): Promise<Answer> {
  if (!route) return text(404, 'not found');
  if (request.method !== 'GET' && request.method !== 'HEAD') return text(405, 'only GET is answered');
  try {
    return await route();
  } catch {
    return text(500, 'the answer could not be made');
  }
}
