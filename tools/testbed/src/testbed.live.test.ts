import { describe, expect, test } from 'vitest';
import { testbed } from './connect.ts';
import { installCustomResourceDefinition } from './custom-resource-definition.ts';
import { startKubeApiServer } from './kube-apiserver.ts';
import { serverTable } from './server-table.ts';

const { etcd, kubernetes, vault } = testbed();

const readSecrets = [{ apiGroups: [''], resources: ['secrets'], verbs: ['get', 'list'] }];

describe('kube-apiserver', () => {
  test.skipIf(process.env.KUBEBUILDER_ASSETS)('is the version that the table names', async () => {
    const version = await kubernetes.client.call({ path: '/version' });
    expect(version).toMatchObject({ gitVersion: `v${serverTable['kube-apiserver'].version}` });
  });

  test('issues ServiceAccount tokens that it recognises', async () => {
    const namespace = await kubernetes.createNamespace();
    const { user, token } = await kubernetes.createUser({ namespace, name: 'reader' });
    const review = await kubernetes.client.call({
      method: 'POST',
      path: '/apis/authentication.k8s.io/v1/tokenreviews',
      body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token } },
    });
    expect(review.status).toMatchObject({ authenticated: true, user: { username: user } });
  });

  test('gives a user the rights of its rules, in its namespace only', async () => {
    const namespace = await kubernetes.createNamespace();
    const { token } = await kubernetes.createUser({ namespace, name: 'reader', rules: readSecrets });
    const client = kubernetes.clientFor({ token });
    expect((await client.request({ path: `/api/v1/namespaces/${namespace}/secrets` })).status).toBe(200);
    expect((await client.request({ path: '/api/v1/secrets' })).status).toBe(403);
  });

  test('gives a user the rights of its cluster rules everywhere', async () => {
    const namespace = await kubernetes.createNamespace();
    const { token } = await kubernetes.createUser({ namespace, name: 'reader', clusterRules: readSecrets });
    const client = kubernetes.clientFor({ token });
    expect((await client.request({ path: '/api/v1/secrets?limit=1' })).status).toBe(200);
  });

  test('counts the requests of one user, and a watch from its start', async () => {
    const namespace = await kubernetes.createNamespace();
    const rules = [{ apiGroups: [''], resources: ['secrets'], verbs: ['get', 'list', 'watch'] }];
    const { user, token } = await kubernetes.createUser({ namespace, name: 'counted', rules });
    const client = kubernetes.clientFor({ token });
    const path = `/api/v1/namespaces/${namespace}/secrets`;
    await client.request({ path });
    await client.request({ path: `${path}/absent` });
    await client.request({ path: `${path}/absent` });
    const watch = await client.stream({ path: `${path}?watch=1` });
    expect(await kubernetes.requestCounts({ user })).toEqual({
      'list secrets': 1,
      'get secrets': 2,
      'watch secrets': 1,
    });
    watch.destroy();
    expect(await kubernetes.requests({ user, verb: 'get' })).toMatchObject([
      { resource: 'secrets', namespace, name: 'absent', status: 404 },
      { resource: 'secrets', namespace, name: 'absent', status: 404 },
    ]);
  });

  test('serves a custom resource as soon as its definition is installed', async () => {
    await installCustomResourceDefinition(kubernetes.client, thingDefinition);
    const namespace = await kubernetes.createNamespace();
    const path = `/apis/testbed.esox.io/v1/namespaces/${namespace}/things`;
    const body = { apiVersion: 'testbed.esox.io/v1', kind: 'Thing', metadata: { name: 'one' } };
    await kubernetes.client.call({ method: 'POST', path, body });
    expect(await kubernetes.client.call({ path: `${path}/one` })).toMatchObject({ kind: 'Thing' });
  });
});

describe('an API server of the test', () => {
  test('keeps its address, data and users over a restart', { timeout: 120_000 }, async () => {
    const users = [{ name: 'jane', token: 'jane-token' }];
    await using api = await startKubeApiServer({ etcdUrl: etcd.url, etcdPrefix: '/restarted', users });
    const namespace = await api.createNamespace();
    await api.kill();
    await expect(api.client.request({ path: '/version' })).rejects.toThrow('ECONNREFUSED');
    await api.start();
    expect((await api.client.request({ path: `/api/v1/namespaces/${namespace}` })).status).toBe(200);
    expect((await api.clientFor({ token: 'jane-token' }).request({ path: '/api/v1/namespaces' })).status).toBe(403);
    await expect(kubernetes.client.request({ path: `/api/v1/namespaces/${namespace}` })).resolves.toMatchObject({
      status: 404,
    });
  });

  test('answers nothing while it is paused', { timeout: 120_000 }, async () => {
    await using api = await startKubeApiServer({ etcdUrl: etcd.url, etcdPrefix: '/paused' });
    api.pause();
    const signal = AbortSignal.timeout(500);
    await expect(api.client.request({ path: '/version', signal })).rejects.toThrow('aborted');
    api.resume();
    expect((await api.client.request({ path: '/version' })).status).toBe(200);
  });
});

describe('vault', () => {
  test('keeps versions of a secret', async () => {
    await vault.write('secret/data/testbed/versions', { data: { word: 'first' } });
    await vault.write('secret/data/testbed/versions', { data: { word: 'second' } });
    const { data } = await vault.read('secret/data/testbed/versions');
    expect(data).toMatchObject({ data: { word: 'second' }, metadata: { version: 2 } });
    expect((await vault.read('secret/data/testbed/versions?version=1')).data).toMatchObject({
      data: { word: 'first' },
    });
  });

  test('has the old engine too, and lists it', async () => {
    await vault.write('kv1/testbed/plain', { word: 'plain' });
    expect((await vault.read('kv1/testbed/plain')).data).toEqual({ word: 'plain' });
    const { body } = await vault.request('LIST', 'kv1/testbed');
    expect(body.data).toEqual({ keys: ['plain'] });
  });

  test('logs an AppRole in, with the rights of its policy', async () => {
    await vault.request('PUT', 'sys/policies/acl/testbed', {
      policy: 'path "kv1/testbed/*" { capabilities = ["read"] }',
    });
    await vault.write('sys/auth/testbed-approle', { type: 'approle' });
    await vault.write('auth/testbed-approle/role/one', { token_policies: ['testbed'] });
    await vault.write('kv1/testbed/role', { word: 'role' });
    const { data: role } = await vault.read('auth/testbed-approle/role/one/role-id');
    const { data: secret } = await vault.write('auth/testbed-approle/role/one/secret-id');
    const login = { role_id: role?.role_id, secret_id: secret?.secret_id };
    const { body } = await vault.request('POST', 'auth/testbed-approle/login', login, { token: '' });
    const token = body.auth?.client_token ?? '';
    expect((await vault.request('GET', 'kv1/testbed/role', undefined, { token })).status).toBe(200);
    expect((await vault.request('GET', 'sys/mounts', undefined, { token })).status).toBe(403);
  });

  test.each(['userpass', 'cert', 'jwt', 'oidc', 'ldap', 'kubernetes', 'approle'])('can enable %s', async (type) => {
    await vault.write(`sys/auth/testbed-enable-${type}`, { type });
  });

  test('makes certificates', async () => {
    await vault.write('sys/mounts/testbed-pki', { type: 'pki' });
    const { data } = await vault.write('testbed-pki/root/generate/internal', {
      common_name: 'testbed',
      key_type: 'ec',
    });
    expect(data?.certificate).toMatch(/^-----BEGIN CERTIFICATE-----/);
  });

  test('logs a ServiceAccount in by asking the API server', async () => {
    const namespace = await kubernetes.createNamespace();
    const clusterRules = [{ apiGroups: ['authentication.k8s.io'], resources: ['tokenreviews'], verbs: ['create'] }];
    const reviewer = await kubernetes.createUser({ namespace, name: 'reviewer', clusterRules });
    const { token } = await kubernetes.createUser({ namespace, name: 'workload' });
    await vault.write('sys/auth/testbed-kubernetes', { type: 'kubernetes' });
    await vault.write('auth/testbed-kubernetes/config', {
      kubernetes_host: kubernetes.url,
      kubernetes_ca_cert: kubernetes.caPem,
      token_reviewer_jwt: reviewer.token,
    });
    await vault.write('auth/testbed-kubernetes/role/workload', {
      bound_service_account_names: ['workload'],
      bound_service_account_namespaces: [namespace],
      token_policies: ['default'],
    });
    const login = { role: 'workload', jwt: token };
    const { status, body } = await vault.request('POST', 'auth/testbed-kubernetes/login', login, { token: '' });
    expect(status, JSON.stringify(body.errors)).toBe(200);
  });
});

const thingDefinition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'things.testbed.esox.io' },
  spec: {
    group: 'testbed.esox.io',
    scope: 'Namespaced',
    names: { plural: 'things', singular: 'thing', kind: 'Thing', listKind: 'ThingList' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
};
