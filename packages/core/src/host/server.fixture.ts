import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';

/** A server on the loopback address that counts what reaches it. */
export interface CountingServer extends AsyncDisposable {
  readonly port: number;
  /** `http://127.0.0.1:<port>` or `https://…` */
  readonly url: string;
  readonly server: Server;
  requests(): number;
  openSockets(): number;
  /** Resolves when no socket is open any more. */
  idle(): Promise<void>;
}

export async function serve(listener: RequestListener, tls?: ServerOptions): Promise<CountingServer> {
  let requests = 0;
  const counted: RequestListener = (request, response) => {
    requests += 1;
    listener(request, response);
  };
  const server = tls ? createTlsServer(tls, counted) : createServer(counted);
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket)).on('error', () => {});
  });
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // a TCP server's address is never a path
  return {
    port,
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    server,
    requests: () => requests,
    openSockets: () => sockets.size,
    async idle() {
      await Promise.all([...sockets].map((socket) => new Promise((resolve) => socket.once('close', resolve))));
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
