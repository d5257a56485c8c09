import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import type { TLSSocket } from 'node:tls';
import { text } from 'node:stream/consumers';
import { afterEach, expect, it, vi } from 'vitest';
import { Metrics } from '../metrics/metrics.ts';
import type { MetricsSettings } from '../settings/settings.ts';
import { serveMetrics } from './metrics-server.ts';
import { ScrapeGuard } from './scrape-guard.ts';
import { type KeyPair, selfSignedCertificate } from './self-signed-certificate.ts';

afterEach(() => vi.useRealTimers());

const metrics = () => new Metrics({ storeKinds: [], extendedLabels: false });

async function settings(more: Partial<MetricsSettings> = {}): Promise<MetricsSettings> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  return { address: { host: '127.0.0.1', port }, tls: { files: undefined }, authorized: false, ...more };
}

async function scrape({ address }: MetricsSettings, ca?: string, authorization?: string) {
  const headers = authorization === undefined ? {} : { authorization };
  const trust = ca === undefined ? { rejectUnauthorized: false } : { ca, servername: 'localhost' };
  const outgoing = request({
    host: '127.0.0.1',
    port: address.port,
    path: '/metrics',
    headers,
    agent: false,
    ...trust,
  });
  const answered = once(outgoing, 'response');
  outgoing.end();
  const [response] = (await answered) as [import('node:http').IncomingMessage];
  const socket = response.socket as TLSSocket;
  const certificate = socket.getPeerX509Certificate()?.toString();
  return { status: response.statusCode, body: await text(response), certificate, protocol: socket.getProtocol() };
}

async function filesOf(pair: KeyPair): Promise<{ cert: string; key: string; write(pair: KeyPair): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'esox-certificate-'));
  const [cert, key] = [join(folder, 'tls.crt'), join(folder, 'tls.key')];
  const write = async (next: KeyPair) => {
    await writeFile(cert, next.cert);
    await writeFile(key, next.key);
  };
  await write(pair);
  return { cert, key, write };
}

it('encrypts with a certificate of its own where none is given', async () => {
  const served = await settings();
  const stop = await serveMetrics(served, metrics(), undefined);
  const { status, body, protocol } = await scrape(served);
  expect([status, protocol]).toEqual([200, 'TLSv1.3']);
  expect(body).toContain('externalsecret_sync_calls_total');
  await stop();
});

it('serves the certificate of the files, and a new one as soon as both files have it', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const [first, second] = [selfSignedCertificate('localhost'), selfSignedCertificate('localhost')];
  const files = await filesOf(first);
  const served = await settings({ tls: { files } });
  const stop = await serveMetrics(served, metrics(), undefined);
  expect(await scrape(served, first.cert)).toMatchObject({ status: 200, certificate: first.cert });
  await writeFile(files.cert, second.cert);
  await vi.advanceTimersByTimeAsync(10_000);
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(await scrape(served)).toMatchObject({ certificate: first.cert });
  await files.write(second);
  await vi.advanceTimersByTimeAsync(10_000);
  await vi.waitFor(async () => expect(await scrape(served)).toMatchObject({ certificate: second.cert }));
  await stop();
  await rm(join(files.cert, '..'), { recursive: true });
});

it.each([
  ['a file that is not there', async () => ({ cert: '/nowhere/tls.crt', key: '/nowhere/tls.key' })],
  [
    'a key of another certificate',
    () => filesOf({ cert: selfSignedCertificate('localhost').cert, key: selfSignedCertificate('localhost').key }),
  ],
  ['no certificate', () => filesOf({ cert: 'CANARY', key: 'CANARY' })],
])('does not start with %s, and says which file', async (_what, make) => {
  const files = await make();
  const start = serveMetrics(await settings({ tls: { files } }), metrics(), undefined);
  await expect(start).rejects.toMatchObject({ name: 'SettingsError', message: expect.stringContaining(files.cert) });
  await expect(start).rejects.not.toThrow('CANARY');
});

it('answers 401, 403 and 200 as the guard decides', async () => {
  const served = await settings({ authorized: true });
  const guard = new ScrapeGuard({
    clock: { now: () => 0, sleep: () => Promise.resolve() },
    review: async (token) => (token === 'scraper' ? 'allowed' : 'denied'),
  });
  const stop = await serveMetrics(served, metrics(), guard);
  const status = async (authorization?: string) => (await scrape(served, undefined, authorization)).status;
  expect([await status(), await status('Bearer other'), await status('Bearer scraper')]).toEqual([401, 403, 200]);
  await stop();
});
