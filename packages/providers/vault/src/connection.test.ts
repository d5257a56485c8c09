import { expect, test } from 'vitest';
import { connectTo } from './vault-store.fixture.ts';

test.each([
  ['no URL', 'vault.example.com'],
  ['another scheme', 'unix:///var/run/vault.sock'],
  ['a query', 'https://vault.example.com?token=canary-4711'],
  ['a password', 'https://user:canary-4711@vault.example.com'],
])('server with %s is a mistake in the store, and is not quoted', async (_, server) => {
  const error = await connectTo({ server }).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: 'invalid-config', message: expect.stringContaining('server') });
  expect((error as Error).message).not.toContain('canary-4711');
});

test('a header that HTTP does not allow is a mistake in the store; its value is not quoted', async () => {
  for (const headers of [{ 'X Team': 'canary-4711' }, { 'X-Team': 'canary-4711\n' }]) {
    const error = await connectTo({ server: 'http://127.0.0.1:1', headers }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'invalid-config', message: expect.stringContaining('headers') });
    expect((error as Error).message).not.toContain('canary-4711');
  }
});
