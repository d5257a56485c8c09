import { expect, it } from 'vitest';
import { json, ProbeServer, text } from './probe-server.ts';

const address = { host: '127.0.0.1', port: 0 };

it('answers GET and HEAD for its routes, and nothing else', async () => {
  const server = await ProbeServer.listen(address, {
    '/ok': () => text(200, 'fine'),
    '/list': () => json([1]),
    '/broken': () => {
      throw new Error('CANARY');
    },
  });
  const get = async (path: string, method = 'GET') => {
    const response = await fetch(`http://127.0.0.1:${server.port}${path}`, { method });
    return [response.status, await response.text()];
  };
  expect(await get('/ok')).toEqual([200, 'fine\n']);
  expect(await get('/ok?verbose=1')).toEqual([200, 'fine\n']);
  expect(await get('/ok', 'HEAD')).toEqual([200, '']);
  expect(await get('/list')).toEqual([200, '[\n  1\n]\n']);
  expect(await get('/ok', 'POST')).toEqual([405, 'only GET is answered\n']);
  for (const path of ['/', '/other', '/constructor', '/ok/../list/x'])
    expect(await get(path)).toEqual([404, 'not found\n']);
  expect(await get('/broken')).toEqual([500, 'the answer could not be made\n']);
  await server.close();
  await expect(get('/ok')).rejects.toThrow();
});

it('rejects where the port is taken', async () => {
  const server = await ProbeServer.listen(address, {});
  await expect(ProbeServer.listen({ ...address, port: server.port }, {})).rejects.toMatchObject({ code: 'EADDRINUSE' });
  await server.close();
});
