import type { SecretStore } from '@esox/api';
import type { Cluster } from '@esox/cluster';
import { connectKube, findConnection } from '@esox/cluster/kube';
import { systemClock } from '@esox/core/host';
import { type PolicyRule, testbed } from '@esox/testbed';
import { expect, it } from 'vitest';
import { NamespaceRules } from './namespace-rules.ts';

const { kubernetes } = testbed();
const store: SecretStore = {
  metadata: { name: 's' },
  spec: { provider: {}, conditions: [{ namespaceRegexes: ['^r'] }] },
};

/** The cluster as a service account with these rights sees it. */
async function clusterFor(clusterRules: PolicyRule[]): Promise<Cluster> {
  const namespace = await kubernetes.createNamespace({ prefix: 'account' });
  const { token } = await kubernetes.createUser({ namespace, name: 'operator', clusterRules });
  const { kubeconfigPath: kubeconfig } = kubernetes;
  const connection = await findConnection({ clock: systemClock, environment: {}, kubeconfig });
  if (!connection) throw new Error('the kubeconfig of the testbed names no cluster');
  const credentials = { current: () => Promise.resolve({ authorization: `Bearer ${token}` }), renew: () => {} };
  return connectKube({
    connection: { ...connection, credentials },
    clock: systemClock,
    userAgent: 'esox/test',
    fieldManager: 'test',
  });
}

async function allow(cluster: Cluster, namespace: string): Promise<void> {
  const rules = new NamespaceRules(cluster, systemClock);
  const signal = AbortSignal.timeout(20_000);
  await rules.allow(store, namespace, signal).finally(async () => {
    await rules.close();
    await cluster.close();
  });
}

it('an operator that may not list namespaces says so, instead of waiting for ever', async () => {
  const answer = allow(await clusterFor([]), await kubernetes.createNamespace({ prefix: 'rules' }));
  await expect(answer).rejects.toMatchObject({ code: 'denied', message: expect.stringContaining('namespace') });
});

it('an operator that may get namespaces, and not list them, gets along', async () => {
  const get = { apiGroups: [''], resources: ['namespaces'], verbs: ['get'] };
  await expect(
    allow(await clusterFor([get]), await kubernetes.createNamespace({ prefix: 'rules' })),
  ).resolves.toBeUndefined();
});
