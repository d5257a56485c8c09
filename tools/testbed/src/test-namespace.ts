import { randomBytes } from 'node:crypto';
import type { KubeClient } from './kube-client.ts';

export interface NamespaceInput {
  /** Starts the name, so that a reader of a log sees whose it is. */
  prefix?: string;
  labels?: Record<string, string>;
}

/**
 * Creates a namespace that no other test has. It is never deleted: that needs a controller that does
 * not run here, and the whole etcd is thrown away after the run.
 */
export async function createNamespace(client: KubeClient, input: NamespaceInput = {}): Promise<string> {
  const name = `${input.prefix ?? 'test'}-${randomBytes(4).toString('hex')}`;
  await client.call({
    method: 'POST',
    path: '/api/v1/namespaces',
    body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: input.labels ?? {} } },
  });
  return name;
}
