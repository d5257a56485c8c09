import { randomUUID } from 'node:crypto';
import { beforeAll, expect, test } from 'vitest';
import { structural } from '@esox/schema';
import { installCustomResourceDefinition, testbed } from '@esox/testbed';
import { config } from './config.ts';

const { kubernetes } = testbed();
const group = 'openbao-provider.test';

/** A definition whose spec is the provider's configuration, to see what the API server makes of its rules. */
const definition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `openbaoconfigs.${group}` },
  spec: {
    group,
    names: {
      plural: 'openbaoconfigs',
      singular: 'openbaoconfig',
      kind: 'OpenBaoConfig',
      listKind: 'OpenBaoConfigList',
    },
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
  const metadata = { name: `config-${randomUUID().slice(0, 8)}` };
  const body = { apiVersion: `${group}/v1`, kind: 'OpenBaoConfig', metadata, spec };
  const path = `/apis/${group}/v1/openbaoconfigs?fieldValidation=Strict`;
  return await kubernetes.client.request<{ message?: string; spec?: object }>({ method: 'POST', path, body });
}

const server = 'https://openbao.example.com';
const secretRef = { name: 'a', key: 'b' };
const caProvider = { type: 'Secret', name: 'a' };

test.each([
  ['no login method', { auth: {} }, 'exactly one of appRole, tokenSecretRef and userPass'],
  ['two login methods', { auth: { tokenSecretRef: secretRef, userPass: { username: 'a' } } }, 'exactly one of appRole'],
  ['AppRole without a role ID', { auth: { appRole: { secretRef } } }, 'exactly one of roleId and roleRef'],
  ['two role IDs', { auth: { appRole: { secretRef, roleId: 'a', roleRef: secretRef } } }, 'exactly one of roleId'],
  ['an empty role ID', { auth: { appRole: { secretRef, roleId: '' } } }, 'roleId'],
  ['two authorities', { caBundle: 'YQ==', caProvider }, 'exclude each other'],
])('the API server refuses %s, and says what to do', async (_, settings, text) => {
  const { status, body } = await create({ server, ...settings });
  expect(status).toBe(422);
  expect(body.message).toContain(text);
});

test.each([
  ['a token', { auth: { tokenSecretRef: secretRef, namespace: 'team' } }],
  ['an AppRole', { auth: { appRole: { secretRef, roleId: 'a' } } }],
  ['an AppRole whose ID lies in a Secret', { auth: { appRole: { secretRef, roleRef: secretRef } } }],
  ['a password', { auth: { userPass: { username: 'a', secretRef } } }],
  ['an authority', { caProvider }],
])('the API server accepts %s', async (_, settings) => {
  expect((await create({ server, ...settings })).status).toBe(201);
});

test('a minimal configuration gets the version and nothing else', async () => {
  expect((await create({ server })).body.spec).toEqual({ server, version: 'v2' });
});
