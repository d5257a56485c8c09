import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { VaultAccess } from '@esox/testbed';

/**
 * What Vault Enterprise has and the community edition has not, in front of a real Vault: namespaces, each with engines
 * and logins of its own, and a standby that may lag behind the active node. Strict: a token is worth something in the
 * namespace that it comes from and below it, a path outside of a namespace does not exist, and a standby answers 412
 * where it has not seen the state that is asked for.
 */
export interface EnterpriseVault extends AsyncDisposable {
  readonly url: string;
  /** Where the engine or login `name` of a namespace is in the Vault behind. */
  mountOf(namespace: string, name: string): string;
  /** The next requests are answered by a standby that has seen this many states less. */
  lag(states: number, requests: number): void;
  /** Statuses of the answers. */
  readonly statuses: readonly number[];
  /** How many requests were forwarded to the active node. */
  forwarded(): number;
}

interface State {
  readonly vault: VaultAccess;
  readonly namespaces: readonly string[];
  /** Namespace that a token comes from. */
  readonly tokens: Map<string, string>;
  readonly statuses: number[];
  index: number;
  behind: { states: number; requests: number };
  forwarded: number;
}

interface Answer {
  readonly status: number;
  readonly body: object;
}

export async function enterpriseVault(vault: VaultAccess, namespaces: readonly string[]): Promise<EnterpriseVault> {
  const behind = { states: 0, requests: 0 };
  const state: State = { vault, namespaces, tokens: new Map(), statuses: [], index: 100, behind, forwarded: 0 };
  const server = createServer(async (request, response) => send(await answer(request, state), state, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    mountOf: mount,
    lag(states, requests) {
      state.behind = { states, requests };
    },
    statuses: state.statuses,
    forwarded: () => state.forwarded,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function mount(namespace: string, name: string): string {
  return [...namespace.split('/'), name].join('-');
}

async function answer(request: IncomingMessage, state: State): Promise<Answer> {
  const { headers } = request;
  const namespace = String(headers['x-vault-namespace'] ?? '').replace(/^\/|\/$/g, '');
  if (headers['x-vault-request'] !== 'true' || !state.namespaces.includes(namespace)) return noRoute;
  if (isBehind(headers, state)) return { status: 412, body: { errors: ['required index state not present'] } };
  const token = headers['x-vault-token'];
  if (typeof token === 'string' && !reaches(state.tokens.get(token), namespace)) return denied;
  return await passOn(request, namespace, state);
}

async function passOn(request: IncomingMessage, namespace: string, state: State): Promise<Answer> {
  const { method = '', url = '', headers } = request;
  const body = await text(request);
  const path = moved(url.replace(/^\/v1\//, ''), namespace);
  const options = { token: String(headers['x-vault-token'] ?? '') };
  const given = await state.vault.request(
    method,
    path,
    body === '' ? undefined : (JSON.parse(body) as object),
    options,
  );
  if (method === 'PUT') state.index += 1;
  if (given.body.auth) state.tokens.set(given.body.auth.client_token, namespace);
  return given;
}

const noRoute: Answer = { status: 404, body: { errors: ['no handler for route'] } };
const denied: Answer = {
  status: 403,
  body: { errors: ['2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n'] },
};

/** Whether a standby has to refuse, having seen less than the client. */
function isBehind(headers: IncomingMessage['headers'], state: State): boolean {
  if (state.behind.requests === 0) return false;
  state.behind.requests -= 1;
  const asked = headers['x-vault-index'];
  if (typeof asked !== 'string' || indexOf(asked) <= state.index - state.behind.states) return false;
  if (headers['x-vault-inconsistent'] !== 'forward-active-node') return true;
  state.forwarded += 1;
  return false;
}

function indexOf(header: string): number {
  return Number(Buffer.from(header, 'base64').toString().split(':')[2]);
}

function reaches(from: string | undefined, namespace: string): boolean {
  return from !== undefined && (from === namespace || namespace.startsWith(`${from}/`));
}

/** Engines and logins of a namespace have names of their own in the Vault behind; what is about the token itself has not. */
function moved(path: string, namespace: string): string {
  const [first = '', second = '', ...rest] = path.split('/');
  if (first === 'auth' && second !== 'token') return ['auth', mount(namespace, second), ...rest].join('/');
  if (path.startsWith('sys/internal/ui/mounts/')) {
    return `sys/internal/ui/mounts/${mount(namespace, path.slice('sys/internal/ui/mounts/'.length))}`;
  }
  return first === 'auth' ? path : [mount(namespace, first), second, ...rest].join('/');
}

function send({ status, body }: Answer, state: State, response: ServerResponse): void {
  state.statuses.push(status);
  const index = Buffer.from(`v1:cluster:${state.index}:0:00ff`).toString('base64');
  response.writeHead(status, { 'content-type': 'application/json', 'x-vault-index': index });
  response.end(status === 204 ? undefined : JSON.stringify(body));
}
