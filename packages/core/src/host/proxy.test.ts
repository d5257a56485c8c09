import { once } from 'node:events';
import { createServer, request as forward, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { expect, test } from 'vitest';
import { createCertificate } from './certificate.fixture.ts';
import { createHttpClient, type HttpClientOptions } from './http-client.ts';
import { type ProxySettings, proxyFor } from './proxy-settings.ts';
import { serve } from './server.fixture.ts';

const authority = createCertificate('Test CA', { authority: true });
const certificate = createCertificate('server', { issuer: authority, altNames: ['127.0.0.1', 'vault.example'] });

interface Proxy extends AsyncDisposable {
  readonly url: string;
  /** `CONNECT host:port` and `GET http://…`, with the proxy's credentials where some came. */
  readonly seen: string[];
}

/** Leads every host to the loopback address. */
async function startProxy(allow = true): Promise<Proxy> {
  const seen: string[] = [];
  const server: Server = createServer((incoming, response) => {
    seen.push(`${incoming.method} ${incoming.url}`);
    const { port, pathname } = new URL(incoming.url ?? '');
    forward({ port, host: '127.0.0.1', path: pathname }, (answer) => {
      response.writeHead(answer.statusCode ?? 500);
      answer.pipe(response);
    }).end();
  });
  server.on('connect', (incoming, socket) => {
    seen.push(`CONNECT ${incoming.url} ${incoming.headers['proxy-authorization'] ?? ''}`.trim());
    if (!allow) return void socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    const upstream = connect(Number(new URL(`http://${incoming.url}`).port), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      upstream.pipe(socket).pipe(upstream);
    });
    for (const end of [socket, upstream]) end.on('error', () => {});
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // a TCP server's address is never a path
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function status(url: string, options: HttpClientOptions): Promise<number> {
  await using client = createHttpClient(options);
  return (await client.request({ method: 'GET', url }, { signal: new AbortController().signal })).status;
}

test('https goes through a tunnel, with the CA and the name of the target', async () => {
  await using server = await serve((_, response) => void response.end(), certificate);
  await using proxy = await startProxy();
  const withUser = proxy.url.replace('//', '//user:p%40ss@');
  const target = `https://vault.example:${server.port}/`;
  expect(await status(target, { ca: Buffer.from(authority.cert), proxy: withUser })).toBe(200);
  expect(proxy.seen).toEqual([
    `CONNECT vault.example:${server.port} Basic ${Buffer.from('user:p@ss').toString('base64')}`,
  ]);
  await server.idle();
});

test('http is forwarded', async () => {
  await using server = await serve((_, response) => void response.end());
  await using proxy = await startProxy();
  expect(await status(`http://vault.example:${server.port}/path`, { proxy: proxy.url })).toBe(200);
  expect(proxy.seen).toEqual([`GET http://vault.example:${server.port}/path`]);
});

test('the environment proxy is used where the store names none', async () => {
  await using server = await serve((_, response) => void response.end());
  await using proxy = await startProxy();
  await using other = await startProxy();
  const environmentProxy = { httpProxy: proxy.url, noProxy: '' };
  expect(await status(`http://vault.example:${server.port}/`, { environmentProxy })).toBe(200);
  expect(await status(`http://vault.example:${server.port}/`, { environmentProxy, proxy: other.url })).toBe(200);
  expect(await status(`${server.url}/`, { environmentProxy })).toBe(200);
  expect([proxy.seen.length, other.seen.length]).toEqual([1, 1]);
});

test('a proxy that refuses is named as the cause, without its credentials', async () => {
  await using proxy = await startProxy(false);
  const refused = status('https://vault.example/', { proxy: proxy.url.replace('//', '//user:canary-4711@') });
  await expect(refused).rejects.toThrow('(proxy)');
  await expect(refused).rejects.not.toThrow('canary');
});

const settings: ProxySettings = {
  httpProxy: 'plain.example:3128',
  httpsProxy: 'https://secure.example',
  noProxy: 'example.org, .internal,10.0.0.0/8,192.168.1.1,only.port:8200,fd00::/8',
};

test.each([
  ['http://vault.example/', 'http://plain.example:3128'],
  ['https://vault.example/', 'https://secure.example'],
  ['https://example.org/', undefined],
  ['https://sub.example.org/', undefined],
  ['https://notexample.org/', 'https://secure.example'],
  ['https://a.internal/', undefined],
  ['https://internal/', 'https://secure.example'],
  ['https://10.1.2.3:8200/', undefined],
  ['https://11.1.2.3/', 'https://secure.example'],
  ['https://192.168.1.1/', undefined],
  ['https://only.port:8200/', undefined],
  ['https://only.port/', 'https://secure.example'],
  ['https://[fd00::1]/', undefined],
  ['https://localhost/', undefined],
  ['https://127.0.0.2/', undefined],
  ['https://[::1]/', undefined],
])('%s goes through %s', (url, proxy) => {
  expect(proxyFor(new URL(url), settings)).toBe(proxy);
});

test('an asterisk switches the proxies off', () => {
  expect(proxyFor(new URL('https://vault.example/'), { ...settings, noProxy: '*' })).toBeUndefined();
});
