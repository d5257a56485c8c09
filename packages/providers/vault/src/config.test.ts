import { expect, test } from 'vitest';
import { exampleOf } from '@esox/schema';
import { config } from './config.ts';

test('its example is valid', () => {
  expect(config.safeParse(exampleOf(config)).error).toBeUndefined();
});

test.each([
  ['half a client certificate', { tls: { certSecretRef: { name: 'a' } } }, ['tls']],
  ['the other half', { tls: { keySecretRef: { name: 'a' } } }, ['tls']],
  ['check-and-set on v1', { version: 'v1', checkAndSet: { required: true } }, ['checkAndSet', 'required']],
  ['AppRole without a role ID', { auth: { appRole: { secretRef: {} } } }, ['auth', 'appRole']],
  ['JWT without a token', { auth: { jwt: {} } }, ['auth', 'jwt']],
])('%s is refused', (_, settings, path) => {
  const { error } = config.safeParse({ server: 'https://vault.example.com', ...settings });
  expect(error?.issues.map((issue) => issue.path)).toEqual([path]);
});
