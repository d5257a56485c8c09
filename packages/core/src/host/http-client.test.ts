import { execFile } from 'node:child_process';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { inspect, promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { ProviderError, type HttpRequest, type HttpResponse } from '../provider/index.ts';
import { createHttpClient, type HttpClientOptions } from './http-client.ts';
import { serve } from './server.fixture.ts';

const CANARY = 'canary-4711';

interface Attempt extends Partial<HttpRequest> {
  readonly url: string;
  readonly signal?: AbortSignal;
}

async function request(attempt: Attempt, options: HttpClientOptions = {}): Promise<HttpResponse> {
  await using client = createHttpClient(options);
  return await client.request(
    { method: 'GET', ...attempt },
    { signal: attempt.signal ?? new AbortController().signal },
  );
}

async function failure(attempt: Attempt, options: HttpClientOptions = {}): Promise<ProviderError> {
  const error: unknown = await request(attempt, options).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!ProviderError.is(error)) throw new Error(`expected a ProviderError, got ${inspect(error)}`);
  return error;
}

test('sends method, path, query, headers and body, and answers status, headers and bytes', async () => {
  await using server = await serve(async (incoming, response) => {
    const body = await text(incoming);
    response.writeHead(201, { 'X-Several': ['a', 'b'] });
    response.end(`${incoming.method} ${incoming.url} ${incoming.headers['x-token']} ${body}`);
  });
  const answer = await request({
    method: 'PUT',
    url: `${server.url}/a%20b?list=true`,
    headers: { 'X-Token': 't' },
    body: 'body',
  });
  expect(answer.status).toBe(201);
  expect(answer.headers['x-several']).toBe('a, b');
  expect(Buffer.from(answer.body).toString()).toBe('PUT /a%20b?list=true t body');
});

test('a redirect is answered as it is, and its target hears nothing', async () => {
  await using target = await serve((_, response) => response.end());
  await using server = await serve((_, response) => {
    response.writeHead(307, { location: target.url }).end();
  });
  const answer = await request({ method: 'POST', url: server.url, headers: { 'x-vault-token': CANARY }, body: CANARY });
  expect(answer.status).toBe(307);
  expect(answer.headers['location']).toBe(target.url);
  expect(target.requests()).toBe(0);
});

test('decodes gzip, and says no more that it was encoded', async () => {
  await using server = await serve((incoming, response) => {
    const body = gzipSync('plain text');
    response.writeHead(200, {
      'content-encoding': 'gzip',
      'content-length': body.byteLength,
      asked: String(incoming.headers['accept-encoding']),
    });
    response.end(body);
  });
  const answer = await request({ url: server.url });
  expect(Buffer.from(answer.body).toString()).toBe('plain text');
  expect(answer.headers['asked']).toBe('gzip');
  expect(answer.headers).not.toHaveProperty('content-encoding');
  expect(answer.headers).not.toHaveProperty('content-length');
});

test('an empty answer may claim any encoding', async () => {
  await using server = await serve((_, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': 0 }).end();
  });
  expect((await request({ url: server.url })).body.byteLength).toBe(0);
  expect((await request({ method: 'HEAD', url: server.url })).body.byteLength).toBe(0);
});

test('refuses encodings that it did not ask for', async () => {
  await using server = await serve((_, response) => {
    response.writeHead(200, { 'content-encoding': 'br' }).end('x');
  });
  const error = await failure({ url: server.url });
  expect(error.code).toBe('unavailable');
  expect(error.message).toContain('content-encoding');
});

test('names a body that is not gzip although it says so', async () => {
  await using server = await serve((_, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(CANARY);
  });
  const error = await failure({ url: server.url });
  expect(error.message).toContain('(encoding)');
  expect(error.message).not.toContain(CANARY);
});

test('counts the cap after decompression, and stops reading there', async () => {
  const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
  await using server = await serve((_, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb);
  });
  expect(bomb.byteLength).toBeLessThan(100_000);
  const before = process.memoryUsage().arrayBuffers;
  const error = await failure({ url: server.url }, { maxBodyBytes: 100_000 });
  expect(error.code).toBe('unavailable');
  expect(error.message).toContain('too large');
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * 1024 * 1024);
  await server.idle();
});

test('a body of exactly the cap passes, one byte more does not', async () => {
  await using server = await serve((_, response) => void response.end(Buffer.alloc(1000, 'x')));
  expect((await request({ url: server.url }, { maxBodyBytes: 1000 })).body.byteLength).toBe(1000);
  expect((await failure({ url: server.url }, { maxBodyBytes: 999 })).message).toContain('too large');
});

test('a server that never answers runs into the deadline', async () => {
  await using server = await serve(() => {});
  const error = await failure({ url: server.url }, { timeoutMs: 50 });
  expect(error.code).toBe('unavailable');
  expect(error.message).toContain('(timeout)');
  await server.idle();
});

test('a body that drips runs into the same deadline', async () => {
  await using server = await serve((_, response) => {
    response.writeHead(200);
    const drip = setInterval(() => response.write('x'), 10);
    response.once('close', () => clearInterval(drip));
  });
  const error = await failure({ url: server.url }, { timeoutMs: 200 });
  expect(error.message).toContain('(timeout)');
  await server.idle();
});

test('an abort rejects at once, while the server hangs and while a body comes', async () => {
  await using server = await serve((incoming, response) => {
    if (incoming.url === '/body') response.writeHead(200).write('x');
  });
  for (const path of ['/hang', '/body']) {
    const controller = new AbortController();
    const failed = failure({ url: server.url + path, signal: controller.signal });
    await once(server.server, 'request');
    controller.abort();
    const error = await failed;
    expect(error.code).toBe('unavailable');
    expect(error.message).toContain('aborted');
  }
  await server.idle();
});

test('the reason of an abort is passed on where it is a ProviderError', async () => {
  const reason = new ProviderError('unavailable', 'deadline of the store');
  expect(await failure({ url: 'http://127.0.0.1:1/', signal: AbortSignal.abort(reason) })).toBe(reason);
});

test('disposal ends running requests and leaves no socket', async () => {
  await using server = await serve((incoming, response) => {
    if (incoming.url === '/quick') response.end('x');
  });
  const client = createHttpClient();
  const call = { signal: new AbortController().signal };
  await client.request({ method: 'GET', url: `${server.url}/quick` }, call);
  const hanging = client.request({ method: 'GET', url: `${server.url}/hang` }, call);
  const ended = expect(hanging).rejects.toThrow('(closed)');
  await once(server.server, 'request');
  await client[Symbol.asyncDispose]();
  await client[Symbol.asyncDispose]();
  await ended;
  await server.idle();
  expect(server.openSockets()).toBe(0);
  await expect(client.request({ method: 'GET', url: server.url }, call)).rejects.toThrow('(closed)');
});

test('a TLS handshake that never ends is aborted, and its socket closed', async () => {
  const silent = createServer(() => {}).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address() as AddressInfo; // a TCP server's address is never a path
  const controller = new AbortController();
  const failed = failure({ url: `https://127.0.0.1:${port}/`, signal: controller.signal });
  const [socket] = (await once(silent, 'connection')) as [Socket]; // what this event brings
  socket.on('error', () => {}).resume();
  const closed = new Promise((resolve) => socket.once('close', resolve));
  controller.abort();
  expect((await failed).message).toContain('aborted');
  await closed;
  silent.close();
  await once(silent, 'close');
});

test('nothing is retried', async () => {
  await using server = await serve((incoming: IncomingMessage, response) => {
    if (incoming.url === '/reset') incoming.socket.destroy();
    else response.writeHead(503).end();
  });
  expect((await request({ url: server.url })).status).toBe(503);
  const error = await failure({ url: `${server.url}/reset` });
  expect(error.message).toContain('(reset)');
  expect(server.requests()).toBe(2);
});

test('causes are told apart, in fixed words', async () => {
  await using gone = await serve(() => {});
  await gone[Symbol.asyncDispose]();
  await using garbage = await serve((incoming) => void incoming.socket.end('no http at all\r\n\r\n'));
  expect((await failure({ url: `${gone.url}/?q=${CANARY}` })).message).toMatch(
    /^request to 127\.0\.0\.1:\d+ failed \(refused\)/,
  );
  expect((await failure({ url: `http://no-such-host.invalid/?q=${CANARY}` })).message).toMatch(
    /no-such-host\.invalid.*\(dns\)/,
  );
  expect((await failure({ url: garbage.url })).message).toContain('(not-http)');
});

test('what cannot be sent is invalid-config, and quotes nothing', async () => {
  const header = await failure({ url: 'http://127.0.0.1:1/', headers: { 'x-token': `${CANARY}\n` } });
  const url = await failure({ url: `https://user:${CANARY}@/` });
  const scheme = await failure({ url: `file:///etc/${CANARY}` });
  const proxy = await failure({ url: 'http://127.0.0.1:1/' }, { proxy: `http//${CANARY}` });
  for (const error of [header, url, scheme, proxy]) {
    expect(error.code).toBe('invalid-config');
    expect(error.message).not.toContain(CANARY);
  }
});

test('undici is loaded by the first request, not before', async () => {
  const script = `
    const { createHttpClient } = await import('@esox/core/host');
    const { createRequire } = await import('node:module');
    const loaded = () => Object.keys(createRequire(process.cwd() + '/x.js').cache).some((file) => file.includes('undici'));
    const client = createHttpClient();
    const before = loaded();
    await client.request({ method: 'GET', url: 'http://127.0.0.1:1/' }, { signal: new AbortController().signal }).catch(() => {});
    await client[Symbol.asyncDispose]();
    console.log(JSON.stringify([before, loaded()]));`;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--conditions=esox-source', '--input-type=module', '--eval', script],
    { cwd: import.meta.dirname },
  );
  expect(JSON.parse(stdout)).toEqual([false, true]);
});
