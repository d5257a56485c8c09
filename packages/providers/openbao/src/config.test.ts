import { expect, test } from 'vitest';
import { exampleOf } from '@esox/schema';
import { config } from './config.ts';

const server = 'https://openbao.example.com';
const secretRef = { name: 'a', key: 'b' };

test('its example is valid', () => {
  expect(config.safeParse(exampleOf(config)).error).toBeUndefined();
});

test.each([
  ['no login method', { auth: {} }, ['auth']],
  ['two login methods', { auth: { tokenSecretRef: secretRef, userPass: { username: 'a' } } }, ['auth']],
  ['AppRole without a role ID', { auth: { appRole: { secretRef } } }, ['auth', 'appRole']],
  [
    'AppRole with two role IDs',
    { auth: { appRole: { secretRef, roleId: 'a', roleRef: secretRef } } },
    ['auth', 'appRole'],
  ],
  ['AppRole with an empty role ID', { auth: { appRole: { secretRef, roleId: '' } } }, ['auth', 'appRole', 'roleId']],
  ['two authorities', { caBundle: 'YQ==', caProvider: { type: 'Secret', name: 'a' } }, []],
])('%s is refused', (_, settings, path) => {
  const { error } = config.safeParse({ server, ...settings });
  expect(error?.issues.map((issue) => issue.path)).toEqual([path]);
});

test('a minimal configuration gets the version and nothing else', () => {
  expect(config.parse({ server })).toEqual({ server, version: 'v2' });
});
