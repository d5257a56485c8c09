import { beforeAll, expect, test } from 'vitest';
import { structural } from '@esox/schema';
import { installCustomResourceDefinition, testbed } from '@esox/testbed';
import { config } from './config.ts';
import { unique } from './remote-cluster.fixture.ts';

const { kubernetes } = testbed();
const group = 'kubernetes-provider.test';

/** A definition whose spec is the provider's configuration, to see what the API server makes of its rules. */
const definition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `kubernetesconfigs.${group}` },
  spec: {
    group,
    names: {
      plural: 'kubernetesconfigs',
      singular: 'kubernetesconfig',
      kind: 'KubernetesConfig',
      listKind: 'KubernetesConfigList',
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
  const body = { apiVersion: `${group}/v1`, kind: 'KubernetesConfig', metadata: { name: unique('config') }, spec };
  const path = `/apis/${group}/v1/kubernetesconfigs?fieldValidation=Strict`;
  return await kubernetes.client.request<{ message?: string; spec?: object }>({ method: 'POST', path, body });
}

const secretRef = { name: 'a', key: 'b' };

test.each([
  ['authRef beside auth', { authRef: secretRef, auth: { serviceAccount: { name: 'a' } } }, 'cannot both be set'],
  ['a token without a key', { auth: { token: { bearerToken: { name: 'a' } } } }, 'name and key must be set'],
  [
    'a certificate without a name',
    { auth: { cert: { clientCert: { key: 'a' }, clientKey: secretRef } } },
    'name and key must be set',
  ],
  ['two logins', { auth: { token: { bearerToken: secretRef }, serviceAccount: { name: 'a' } } }, 'at most 1'],
  ['no login', { auth: {} }, 'at least 1'],
])('the API server refuses %s', async (_, spec, text) => {
  const { status, body } = await create(spec);
  expect(status).toBe(422);
  expect(body.message).toContain(text);
});

test.each([
  ['a token', { auth: { token: { bearerToken: secretRef } } }],
  ['a certificate', { auth: { cert: { clientCert: secretRef, clientKey: { ...secretRef, namespace: 'c' } } } }],
  ['a ServiceAccount', { auth: { serviceAccount: { name: 'a', audiences: ['b'] } } }],
  ['a kubeconfig', { authRef: secretRef }],
  ['a CA', { server: { caProvider: { type: 'Secret', name: 'a', key: 'b' } } }],
])('the API server accepts %s', async (_, spec) => {
  expect((await create(spec)).status).toBe(201);
});

test('the API server fills in the namespace, and the URL of a server', async () => {
  expect((await create({})).body.spec).toEqual({ remoteNamespace: 'default' });
  expect((await create({ server: {} })).body.spec).toEqual({
    remoteNamespace: 'default',
    server: { url: 'kubernetes.default' },
  });
});
