import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { answers, type GoogleAnswer, type GoogleRequest, type GoogleState } from './google-answers.fixture.ts';
import type { KeyPair } from './certificates.fixture.ts';

/** Google Cloud on the loopback address, reached through a proxy, so that the names of its hosts stay what they are. */
export interface GoogleServer extends AsyncDisposable {
  readonly proxyUrl: string;
  /** `host method path` of what was asked. */
  readonly requests: readonly string[];
  /** What Google does not have; a test that meets any of it is wrong. */
  readonly unknown: readonly string[];
}

/** `identity` is the certificate of Google's hosts. */
export async function googleServer(identity: KeyPair, state: GoogleState): Promise<GoogleServer> {
  const requests: string[] = [];
  const unknown: string[] = [];
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const asked = await googleRequest(request);
    const name = `${asked.host} ${asked.method} ${asked.path}`;
    requests.push(name);
    const answer = answers(asked, state) ?? { status: 404, body: 'unknown' };
    if (answer.body === 'unknown') unknown.push(name);
    send(answer, response);
  };
  const tls = createTlsServer({ cert: identity.certificate, key: identity.private_key }, handle);
  const plain = createServer(handle);
  const proxy = createServer(handle);
  const sockets = new Set<Socket>();
  for (const server of [tls, plain, proxy]) await listening(server);
  proxy.on('connect', ({ url = '' }: IncomingMessage, client: Socket, head: Buffer) => {
    const { hostname, port } = new URL(`http://${url}`);
    const isLocal = hostname === '127.0.0.1';
    const upstream = connect(isLocal ? Number(port) : portOf(url.endsWith(':443') ? tls : plain), '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      if (head.length > 0) upstream.write(head);
      upstream.pipe(client).pipe(upstream);
    });
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => [client, upstream].forEach((each) => each.destroy()));
    }
  });
  return {
    proxyUrl: `http://127.0.0.1:${portOf(proxy)}`,
    requests,
    unknown,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      for (const server of [proxy, tls, plain]) {
        server.closeAllConnections();
        server.close();
        await once(server, 'close');
      }
    },
  };
}

async function listening(server: Pick<Server, 'listen'> & NodeJS.EventEmitter): Promise<void> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
}

function portOf(server: Pick<Server, 'address'>): number {
  return (server.address() as AddressInfo).port; // a TCP server's address is never a path
}

async function googleRequest(request: IncomingMessage): Promise<GoogleRequest> {
  const { method = '', url = '', headers } = request;
  const { host, pathname, searchParams } = new URL(url, `http://${headers.host}`);
  return {
    host,
    method,
    path: decodeURIComponent(pathname),
    query: searchParams,
    headers,
    bearer: headers.authorization?.replace(/^Bearer /, ''),
    body: await text(request),
  };
}

function send({ status = 200, body }: GoogleAnswer, response: ServerResponse): void {
  const isText = typeof body === 'string';
  response.writeHead(status, { 'content-type': isText ? 'text/plain' : 'application/json' });
  response.end(isText ? body : JSON.stringify(body));
}
