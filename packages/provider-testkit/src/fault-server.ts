import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a request meets in place of the upstream server. */
export type InjectedFault =
  | 'hang'
  | 'reset'
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string };

/** An HTTP server on the loopback address that passes requests on, until it is told to do otherwise. */
export interface FaultServer extends AsyncDisposable {
  readonly url: string;
  /** Requests that have come in, those that met a fault included. */
  requests(): number;
  /** From now on requests meet this fault, if `only` (default: all of them) says so; undefined ends it. */
  inject(fault: InjectedFault | undefined, only?: (method: string, path: string) => boolean): void;
}

/** `upstream` is an `http:` URL; its path is not used. */
export async function faultServer(upstream: string): Promise<FaultServer> {
  const agent = new Agent({ keepAlive: true });
  let requests = 0;
  let fault: InjectedFault | undefined;
  let meets: (method: string, path: string) => boolean = () => true;
  const server = createServer((incoming, response) => {
    requests += 1;
    if (fault !== undefined && meets(incoming.method ?? '', incoming.url ?? '')) return fail(fault, incoming, response);
    passOn(new URL(upstream), agent, incoming, response);
  });
  return {
    url: await listen(server),
    requests: () => requests,
    inject(next, only = () => true) {
      fault = next;
      meets = only;
    },
    async [Symbol.asyncDispose]() {
      agent.destroy();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // a TCP server's address is never a path
  return `http://127.0.0.1:${port}`;
}

function fail(fault: InjectedFault, incoming: IncomingMessage, response: ServerResponse): void {
  incoming.resume();
  if (fault === 'hang') return;
  if (fault === 'reset') incoming.socket.destroy();
  else response.writeHead(fault.status, fault.headers).end(fault.body ?? '');
}

function passOn(upstream: URL, agent: Agent, incoming: IncomingMessage, response: ServerResponse): void {
  const { method, url, headers } = incoming;
  const { hostname, port } = upstream;
  const outgoing = request({ agent, hostname, port, method, path: url, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  outgoing.on('error', () => response.destroy());
  response.on('close', () => outgoing.destroy());
  incoming.pipe(outgoing);
}
