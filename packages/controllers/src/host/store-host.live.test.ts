import { connectKube, findConnection } from '@esox/cluster/kube';
import type { Call } from '@esox/core';
import { createHttpClient, systemClock } from '@esox/core/host';
import { testbed } from '@esox/testbed';
import { expect, test } from 'vitest';
import { StoreHost } from './store-host.ts';

const { kubernetes } = testbed();
const call = (): Call => ({ signal: AbortSignal.timeout(10_000) });

test('tells the annotations of a ServiceAccount, in the namespaces that the store may use, and of the Pod what the operator knows', async () => {
  const namespace = await kubernetes.createNamespace({ prefix: 'host' });
  for (const [name, annotations] of [
    ['plain', undefined],
    ['cloud', { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::123456789012:role/app' }],
  ] as const) {
    const body = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, annotations } };
    const path = `/api/v1/namespaces/${namespace}/serviceaccounts`;
    await kubernetes.client.call({ method: 'POST', path, body });
  }
  const { kubeconfigPath } = kubernetes;
  const connection = await findConnection({ clock: systemClock, environment: {}, kubeconfig: kubeconfigPath });
  if (!connection) throw new Error('the kubeconfig of the testbed names no cluster');
  const log = { debug: () => {}, warn: () => {} };
  const cluster = connectKube({ connection, clock: systemClock, userAgent: 'esox/test', fieldManager: 'host-test' });
  const host = new StoreHost({
    cluster,
    clock: systemClock,
    log,
    store: { kind: 'SecretStore', name: 'store', namespace, retry: undefined },
    consumerNamespace: namespace,
    http: createHttpClient,
    environment: { AWS_ROLE_ARN: 'arn:aws:iam::123456789012:role/operator' },
    podToken: async () => undefined,
    onReferent: () => {},
    onCredential: () => {},
  });
  expect(await host.serviceAccountAnnotations({ name: 'plain' }, call())).toEqual({});
  expect(await host.serviceAccountAnnotations({ name: 'cloud', namespace }, call())).toEqual({
    'eks.amazonaws.com/role-arn': 'arn:aws:iam::123456789012:role/app',
  });
  await expect(host.serviceAccountAnnotations({ name: 'nobody' }, call())).rejects.toMatchObject({
    code: 'unauthenticated',
  });
  await expect(host.serviceAccountAnnotations({ name: 'cloud', namespace: 'other' }, call())).rejects.toMatchObject({
    code: 'invalid-config',
  });
  expect(host.environment).toEqual({ AWS_ROLE_ARN: 'arn:aws:iam::123456789012:role/operator' });
  await cluster.close();
});
