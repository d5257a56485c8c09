import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { answer, throttled, type VaultAnswer, type VaultContent, type VaultRequest } from './api.ts';
import { KeyValueEngine } from './key-value-engine.ts';
import { rateLimit } from './rate-limit.ts';
import { RequestCounter } from './request-counts.ts';
import { TokenStore } from './token-store.ts';

export interface VaultStandInOptions {
  /** Each answer takes at least so long. */
  readonly latencyMs?: number;
  /** Requests per second; others are answered with 429. */
  readonly rateLimit?: number | undefined;
  /** Of the tokens of a login. */
  readonly tokenLifeSeconds?: number;
}

/** A counting stand-in for Vault on 127.0.0.1, over plain HTTP. */
export interface VaultStandIn extends AsyncDisposable {
  readonly url: string;
  readonly engine: KeyValueEngine;
  readonly requests: RequestCounter;
  readonly roleId: string;
  readonly secretId: string;
  /** One that does not end. */
  readonly token: string;
}

export async function startVaultStandIn(options: VaultStandInOptions = {}): Promise<VaultStandIn> {
  const appRole = { roleId: randomUUID(), secretId: randomUUID(), lifeSeconds: options.tokenLifeSeconds ?? 3_600 };
  const content = { engine: new KeyValueEngine(), tokens: new TokenStore(Date.now), appRole };
  const requests = new RequestCounter();
  const respond = responder(content, requests, options);
  // Clients decide when an idle connection ends; otherwise a request could meet one that is being closed here.
  const server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
    respond(request, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    engine: content.engine,
    requests,
    ...appRole,
    token: content.tokens.create({ lifeSeconds: 0, path: 'auth/token/create' }).id,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function responder(
  content: VaultContent,
  requests: RequestCounter,
  options: VaultStandInOptions,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const isWithinLimit = rateLimit(options.rateLimit, Date.now);
  return async (request, response) => {
    const asked = await vaultRequest(request);
    const answered = isWithinLimit() ? answer(content, asked) : throttled(asked);
    requests.add(answered.kind);
    if (options.latencyMs === undefined || options.latencyMs === 0) send(response, answered);
    else setTimeout(send, options.latencyMs, response, answered);
  };
}

async function vaultRequest(request: IncomingMessage): Promise<VaultRequest> {
  const url = new URL(request.url ?? '/', 'http://vault');
  const header = request.headers['x-vault-token'];
  return {
    method: request.method ?? 'GET',
    path: decodeURIComponent(url.pathname).replace(/^\/v1\//, ''),
    query: url.searchParams,
    token: typeof header === 'string' ? header : undefined,
    body: jsonObject(await text(request)),
  };
}

function jsonObject(body: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function send(response: ServerResponse, { status, body }: VaultAnswer): void {
  if (body === undefined) {
    response.writeHead(status).end();
    return;
  }
  const json = JSON.stringify(body);
  const headers = {
    'cache-control': 'no-store',
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(json),
  };
  response.writeHead(status, headers).end(json);
}
