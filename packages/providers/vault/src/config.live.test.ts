import { beforeAll, expect, test } from 'vitest';
import { structural } from '@esox/schema';
import { installCustomResourceDefinition, testbed } from '@esox/testbed';
import { config } from './config.ts';
import { unique } from './vault-store.fixture.ts';

const { kubernetes } = testbed();
const group = 'vault-provider.test';

/** A definition whose spec is the provider's configuration, to see what the API server makes of its rules. */
const definition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `vaultconfigs.${group}` },
  spec: {
    group,
    names: { plural: 'vaultconfigs', singular: 'vaultconfig', kind: 'VaultConfig', listKind: 'VaultConfigList' },
    scope: 'Cluster',
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', properties: { spec: structural(config) } } },
      },
    ],
  },
};

beforeAll(() => installCustomResourceDefinition(kubernetes.client, definition));

async function create(spec: object) {
  const body = { apiVersion: `${group}/v1`, kind: 'VaultConfig', metadata: { name: unique('config') }, spec };
  const path = `/apis/${group}/v1/vaultconfigs?fieldValidation=Strict`;
  return await kubernetes.client.request<{ message?: string; spec?: object }>({ method: 'POST', path, body });
}

const server = 'https://vault.example.com';
const secretRef = { name: 'a', key: 'b' };

test.each([
  ['half a client certificate', { tls: { certSecretRef: secretRef } }, 'both or neither'],
  ['check-and-set on v1', { version: 'v1', checkAndSet: { required: true } }, 'has no check-and-set'],
  ['AppRole without a role ID', { auth: { appRole: { secretRef } } }, 'roleId or roleRef'],
  ['AppRole with an empty role ID', { auth: { appRole: { secretRef, roleId: '' } } }, 'roleId or roleRef'],
  ['JWT without a token', { auth: { jwt: {} } }, 'secretRef or kubernetesServiceAccountToken'],
])('the API server refuses %s, and says what to do', async (_, settings, text) => {
  const { status, body } = await create({ server, ...settings });
  expect(status).toBe(422);
  expect(body.message).toContain(text);
});

test.each([
  ['a whole client certificate', { tls: { certSecretRef: secretRef, keySecretRef: secretRef } }],
  ['check-and-set on the default version', { checkAndSet: { required: true } }],
  ['v1 with check-and-set switched off', { version: 'v1', checkAndSet: { required: false } }],
  ['a role ID in a Secret', { auth: { appRole: { secretRef, roleRef: secretRef } } }],
  ['a JWT in a Secret', { auth: { jwt: { secretRef } } }],
])('the API server accepts %s', async (_, settings) => {
  expect((await create({ server, ...settings })).status).toBe(201);
});

test('a minimal configuration gets the version and nothing else', async () => {
  expect((await create({ server })).body.spec).toEqual({ server, version: 'v2' });
});
