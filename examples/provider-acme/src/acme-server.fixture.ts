import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

/** The ACME vault in memory: what the provider talks to in its tests. */
export class AcmeServer implements AsyncDisposable {
  readonly password = randomUUID();
  readonly secrets = new Map<string, { readonly value: Uint8Array; readonly version: string }>();
  readonly #tokens = new Set<string>();
  readonly #server = createServer((request, response) => void this.#answer(request, response));
  logins = 0;

  static async start(): Promise<AcmeServer> {
    const server = new AcmeServer();
    await new Promise<void>((listening) => server.#server.listen(0, '127.0.0.1', listening));
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  put(key: string, value: Uint8Array): void {
    const before = this.secrets.get(key);
    const same = before !== undefined && Buffer.compare(before.value, value) === 0;
    this.secrets.set(key, same ? before : { value, version: randomUUID() });
  }

  endSessions(): void {
    this.#tokens.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((closed) => this.#server.close(closed));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '/';
    if (path === '/login') return this.#login(request, response);
    if (!this.#tokens.has(request.headers.authorization?.slice('Bearer '.length) ?? '')) {
      return void response.writeHead(401).end();
    }
    if (path === '/secrets') return void response.end(JSON.stringify({ names: [...this.secrets.keys()] }));
    const secret = this.secrets.get(decodeURIComponent(path.slice('/secrets/'.length)));
    if (!secret) return void response.writeHead(404).end();
    response.writeHead(200, { etag: secret.version }).end(secret.value);
  }

  async #login(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { password } = (await json(request)) as { password: string };
    if (password !== this.password) return void response.writeHead(401).end();
    const token = randomUUID();
    this.#tokens.add(token);
    this.logins += 1;
    response.end(JSON.stringify({ token, expiresInSeconds: 3600 }));
  }
}
