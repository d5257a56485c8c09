import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { Backend, BackendLogin, Fault } from './backend.ts';

export const PASSWORD = 'correct-horse-battery';

/** A small secret manager over HTTP, with a login, that can be broken in every way the kit knows. */
export interface SecretServer extends Backend {
  readonly login: BackendLogin;
}

interface State {
  readonly secrets: Map<string, { readonly bytes: Buffer; readonly revision: number; readonly owner: string }>;
  readonly sessions: Set<string>;
  readonly faults: Set<Fault>;
  logins: number;
  revision: number;
}

export async function secretServer(): Promise<SecretServer> {
  const state: State = { secrets: new Map(), sessions: new Set(), faults: new Set(), logins: 0, revision: 0 };
  const server = createServer((request, response) => void answer(state, request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // a TCP server's address is never a path
  return {
    config: { url: `http://127.0.0.1:${port}`, passwordRef: { name: 'login', key: 'password' } },
    objects: { secrets: { login: { password: PASSWORD } } },
    login: {
      count: () => state.logins,
      async revoke() {
        state.sessions.clear();
      },
    },
    async put(key, content) {
      const bytes = content instanceof Uint8Array ? Buffer.from(content) : Buffer.from(JSON.stringify(content));
      store(state, { key, bytes, owner: 'others' });
    },
    async delete(key) {
      state.secrets.delete(key);
    },
    async fail(fault, on) {
      if (on) state.faults.add(fault);
      else state.faults.delete(fault);
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function answer(state: State, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await buffer(request);
  const url = new URL(request.url ?? '', 'http://server');
  if (state.faults.has('hang')) return;
  if (state.faults.has('outage')) return void response.writeHead(503).end();
  if (state.faults.has('throttled')) return void response.writeHead(429, { 'retry-after': '7' }).end();
  if (url.pathname === '/login') return login(state, body.toString(), response);
  if (!state.sessions.has(request.headers.authorization ?? '')) return void response.writeHead(401).end();
  if (state.faults.has('denied')) return void response.writeHead(403).end();
  if (url.pathname === '/keys') return void response.end(JSON.stringify([...state.secrets.keys()]));
  secret(
    state,
    {
      method: request.method,
      key: url.pathname.slice('/secrets/'.length),
      body,
      owner: String(request.headers['x-owner']),
    },
    response,
  );
}

function login(state: State, password: string, response: ServerResponse): void {
  if (password !== PASSWORD || state.faults.has('login')) return void response.writeHead(400).end();
  const session = `session-${randomUUID()}`;
  state.logins += 1;
  state.sessions.add(session);
  response.end(session);
}

interface SecretRequest {
  readonly method: string | undefined;
  readonly key: string;
  readonly body: Buffer;
  readonly owner: string;
}

function secret(state: State, { method, key, body, owner }: SecretRequest, response: ServerResponse): void {
  if (method === 'PUT') store(state, { key, bytes: body, owner });
  else if (method === 'DELETE') state.secrets.delete(key);
  const found = state.secrets.get(key);
  if (method === 'DELETE') response.writeHead(204).end();
  else if (found) response.writeHead(200, { etag: `r${found.revision}`, 'x-owner': found.owner }).end(found.bytes);
  else response.writeHead(404).end();
}

function store(state: State, { key, ...stored }: { key: string; bytes: Buffer; owner: string }): void {
  state.revision += 1;
  state.secrets.set(key, { ...stored, revision: state.revision });
}
