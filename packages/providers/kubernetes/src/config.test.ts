import { expect, test } from 'vitest';
import { exampleOf } from '@esox/schema';
import { config } from './config.ts';

const token = { bearerToken: { name: 'remote', key: 'token' } };

test('its example is valid', () => {
  expect(config.safeParse(exampleOf(config)).error).toBeUndefined();
});

test('the namespace and the URL have defaults; without a server there is none', () => {
  expect(config.parse({})).toEqual({ remoteNamespace: 'default' });
  expect(config.parse({ server: {} })).toEqual({ remoteNamespace: 'default', server: { url: 'kubernetes.default' } });
});

test.each([
  ['authRef beside auth', { auth: { token }, authRef: { name: 'a', key: 'b' } }, []],
  ['two logins', { auth: { token, serviceAccount: { name: 'a' } } }, ['auth']],
  ['no login in auth', { auth: {} }, ['auth']],
  ['a token without a key', { auth: { token: { bearerToken: { name: 'a' } } } }, ['auth', 'token', 'bearerToken']],
  ['a token without a name', { auth: { token: { bearerToken: { key: 'a' } } } }, ['auth', 'token', 'bearerToken']],
  [
    'half a certificate',
    { auth: { cert: { clientCert: { name: 'a', key: 'b' }, clientKey: {} } } },
    ['auth', 'cert', 'clientKey'],
  ],
  ['a namespace that cannot be', { remoteNamespace: 'a.b' }, ['remoteNamespace']],
])('%s is refused', (_, settings, path) => {
  expect(config.safeParse(settings).error?.issues.map((issue) => issue.path)).toEqual([path]);
});
