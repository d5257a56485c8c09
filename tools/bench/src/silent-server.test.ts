import { connect } from 'node:net';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { startSilentServer } from './silent-server.ts';

test('takes connections and requests, counts them, and answers nothing', async () => {
  await using server = await startSilentServer();
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  const received: unknown[] = [];
  socket.on('data', (data) => received.push(data));
  socket.write('GET /v1/sys/health HTTP/1.1\r\nhost: vault\r\n\r\n');
  await sleep(50);
  expect(received).toEqual([]);
  expect([socket.readyState, server.connections]).toEqual(['open', 1]);
});

test('ends the connections with itself', async () => {
  const server = await startSilentServer();
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  const closed = once(socket, 'close');
  socket.on('error', () => {});
  await server[Symbol.asyncDispose]();
  await closed;
  expect(socket.destroyed).toBe(true);
});
