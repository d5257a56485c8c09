import { randomUUID } from 'node:crypto';
import { installCustomResourceDefinition, testbed } from '@esox/testbed';
import type { ResourceType } from '../port.ts';
import { openCluster } from './kube-cluster.fixture.ts';
import { portContract } from '../port-contract/port-contract.fixture.ts';

const { kubernetes } = testbed();

/** A kind of its own, so that this test needs no schema of ours. */
async function installCustomKind(): Promise<ResourceType> {
  const group = `contract-${randomUUID().slice(0, 8)}.example.com`;
  const anything = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  const schema = { type: 'object', properties: { spec: anything, status: anything } };
  const version = { name: 'v1', served: true, storage: true, subresources: { status: {} } };
  await installCustomResourceDefinition(kubernetes.client, {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `things.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind: 'Thing', listKind: 'ThingList', plural: 'things', singular: 'thing' },
      versions: [{ ...version, schema: { openAPIV3Schema: schema } }],
    },
  });
  return { group, version: 'v1', kind: 'Thing', plural: 'things', namespaced: true };
}

portContract(
  'kubernetes',
  async () => {
    const namespace = await kubernetes.createNamespace({ prefix: 'contract' });
    const type = await installCustomKind();
    const opened = await openCluster();
    const custom = {
      type,
      spec: (variant: number) => ({ refreshInterval: `${variant}h` }),
      status: { refreshTime: '2026-01-01T00:00:00Z' },
    };
    return { cluster: opened.cluster, namespace, custom, dispose: () => opened.cluster.close() };
  },
  { custom: true },
);
