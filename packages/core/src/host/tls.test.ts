import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { ProviderError, Sealed } from '../provider/index.ts';
import { createCertificate } from './certificate.fixture.ts';
import { createHttpClient, type HttpClientOptions } from './http-client.ts';
import { serve } from './server.fixture.ts';

const authority = createCertificate('Test CA', { authority: true });
const certificate = createCertificate('server', { issuer: authority, altNames: ['vault.example', '127.0.0.1'] });
const ca = Buffer.from(authority.cert);
const call = { signal: new AbortController().signal };

async function status(url: string, options: HttpClientOptions): Promise<number> {
  await using client = createHttpClient(options);
  return (await client.request({ method: 'GET', url }, call)).status;
}

async function failure(url: string, options: HttpClientOptions): Promise<ProviderError> {
  const error: unknown = await status(url, options).catch((reason: unknown) => reason);
  if (!ProviderError.is(error)) throw new Error(`expected a ProviderError, got ${inspect(error)}`);
  return error;
}

test('a given CA is trusted; without it the server is not', async () => {
  await using server = await serve((_, response) => void response.end(), certificate);
  expect(await status(server.url, { ca })).toBe(200);
  const error = await failure(server.url, {});
  expect(error.code).toBe('unavailable');
  expect(error.message).toContain('(tls-verify)');
  expect(server.requests()).toBe(1);
});

test('another CA replaces the roots, and a wrong name is refused', async () => {
  const other = createCertificate('Other CA', { authority: true });
  const named = createCertificate('server', { issuer: authority, altNames: ['vault.example'] });
  await using server = await serve((_, response) => void response.end(), named);
  expect((await failure(server.url, { ca: Buffer.from(other.cert), serverName: 'vault.example' })).message).toContain(
    '(tls-verify)',
  );
  expect((await failure(server.url, { ca })).message).toContain('(tls-verify)');
  expect((await failure(server.url, { ca, serverName: 'other.example' })).message).toContain('(tls-verify)');
  expect(await status(server.url, { ca, serverName: 'vault.example' })).toBe(200);
});

test('a client certificate is presented', async () => {
  const user = createCertificate('user', { issuer: authority });
  const tls = { ...certificate, ca: authority.cert, requestCert: true, rejectUnauthorized: true };
  await using server = await serve((_, response) => void response.end(), tls);
  expect(await status(server.url, { ca, cert: Sealed.text(user.cert), key: Sealed.text(user.key) })).toBe(200);
  expect((await failure(server.url, { ca })).code).toBe('unavailable');
  expect(server.requests()).toBe(1);
});

test('a server that speaks only TLS 1.1 is refused', async () => {
  const old = { ...certificate, minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
  await using server = await serve((_, response) => void response.end(), old);
  expect((await failure(server.url, { ca })).message).toContain('(tls)');
});

test('unusable certificates and keys are invalid-config, and are not quoted', async () => {
  const secret = 'canary-4711';
  const user = createCertificate('user', { issuer: authority });
  const stranger = createCertificate('stranger');
  const url = 'https://127.0.0.1:1/';
  const errors = [
    await failure(url, { ca: Buffer.from(secret) }),
    await failure(url, { cert: Sealed.text(user.cert), key: Sealed.text(secret) }),
    await failure(url, { cert: Sealed.text(user.cert), key: Sealed.text(stranger.key) }),
  ];
  for (const error of errors) {
    expect(error.code).toBe('invalid-config');
    expect(error.message).not.toContain(secret);
  }
});
