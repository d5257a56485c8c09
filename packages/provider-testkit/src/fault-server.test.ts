import { createHttpClient } from '@esox/core/host';
import { expect, test } from 'vitest';
import { faultServer, type FaultServer } from './fault-server.ts';
import { PASSWORD, secretServer } from './secret-server.fixture.ts';
import type { Config } from './http-provider.fixture.ts';

async function send(server: FaultServer, path: string, body: string): Promise<number> {
  await using client = createHttpClient({ timeoutMs: 1_000 });
  return (
    await client.request({ method: 'POST', url: server.url + path, body }, { signal: new AbortController().signal })
  ).status;
}

test('passes requests on, and breaks those that it is told to', async () => {
  await using upstream = await secretServer();
  const { url } = upstream.config as Config; // the fixture's own
  await using server = await faultServer(url);
  expect(await send(server, '/login', PASSWORD)).toBe(200);
  expect(await send(server, '/login', 'wrong')).toBe(400);
  server.inject({ status: 429, headers: { 'retry-after': '1' }, body: 'later' }, (_, path) => path === '/login');
  expect(await send(server, '/login', PASSWORD)).toBe(429);
  expect(await send(server, '/keys', '')).toBe(401);
  server.inject('reset');
  await expect(send(server, '/login', PASSWORD)).rejects.toThrow('(reset)');
  server.inject('hang');
  await expect(send(server, '/login', PASSWORD)).rejects.toThrow('(timeout)');
  server.inject(undefined);
  expect(await send(server, '/login', PASSWORD)).toBe(200);
  expect([server.requests(), await upstream.login.count()]).toEqual([7, 2]);
});

test('an upstream that is gone looks like a reset', async () => {
  const upstream = await secretServer();
  const { url } = upstream.config as Config; // the fixture's own
  await upstream[Symbol.asyncDispose]();
  await using server = await faultServer(url);
  await expect(send(server, '/login', PASSWORD)).rejects.toThrow('(reset)');
});
