import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crds, type ProviderSchema } from '@esox/api/crds';
import {
  type ApiServer,
  type PolicyRule,
  installCustomResourceDefinition,
  startKubeApiServer,
  testbed,
} from '@esox/testbed';

const repository = join(import.meta.dirname, '../../..');

/** An API server of the test's own, with the CRDs of the official providers and of `more`. */
export async function clusterWithCrds(name: string, more: readonly ProviderSchema[] = []): Promise<ApiServer> {
  const api = await startKubeApiServer({ etcdUrl: testbed().etcd.url, etcdPrefix: `/${name}` });
  await installCrds(api, more);
  return api;
}

/** The CRDs of the official providers and of `more`. */
export async function installCrds(api: ApiServer, more: readonly ProviderSchema[] = []): Promise<void> {
  for (const definition of crds([...(await officialSchemas()), ...more])) {
    await installCustomResourceDefinition(api.client, definition);
  }
}

async function officialSchemas(): Promise<ProviderSchema[]> {
  const folder = join(repository, 'packages/providers');
  const ids = await readdir(folder);
  return Promise.all(ids.map((id) => schemaAt(join(folder, id, 'generated/schema.json'))));
}

export async function schemaAt(path: string): Promise<ProviderSchema> {
  return JSON.parse(await readFile(path, 'utf8')) as ProviderSchema;
}

const read = ['get', 'list', 'watch'];

/** What the operator may do for the kinds that it serves now, and no more. */
export const operatorRules: readonly PolicyRule[] = [
  {
    apiGroups: ['external-secrets.io'],
    resources: ['secretstores', 'clustersecretstores', 'externalsecrets'],
    verbs: read,
  },
  {
    apiGroups: ['external-secrets.io'],
    resources: ['secretstores/status', 'clustersecretstores/status', 'externalsecrets/status', 'externalsecrets'],
    verbs: ['patch'],
  },
  { apiGroups: [''], resources: ['secrets'], verbs: [...read, 'create', 'update', 'delete'] },
  { apiGroups: [''], resources: ['configmaps', 'namespaces'], verbs: read },
  { apiGroups: [''], resources: ['serviceaccounts/token'], verbs: ['create'] },
  { apiGroups: [''], resources: ['events'], verbs: ['create', 'patch'] },
  { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['get', 'create', 'update'] },
];

const plurals: Readonly<Record<string, string>> = { SecretStore: 'secretstores', ExternalSecret: 'externalsecrets' };

/** Creates SecretStores and ExternalSecrets in this namespace, whatever namespace they name. */
export async function createIn(api: ApiServer, namespace: string, ...objects: readonly object[]): Promise<void> {
  await Promise.all(
    objects.map((object) => {
      const { kind, metadata, ...rest } = object as { kind: string; metadata: { name: string } };
      const path = `/apis/external-secrets.io/v1/namespaces/${namespace}/${plurals[kind]}`;
      return api.client.call({ method: 'POST', path, body: { ...rest, kind, metadata: { ...metadata, namespace } } });
    }),
  );
}
