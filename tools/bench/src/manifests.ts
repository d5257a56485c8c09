import { propertyNames, type PlannedObject } from './planned-objects.ts';
import type { BenchOptions } from './arguments.ts';
import type { VaultStandIn } from './vault/vault-stand-in.ts';

/** Where the store's credentials are, and the operator's own account. */
export const systemNamespace = 'bench-system';

export const externalSecretsPath = '/apis/external-secrets.io/v1/externalsecrets';

export function externalSecretsIn(namespace: string): string {
  return `/apis/external-secrets.io/v1/namespaces/${namespace}/externalsecrets`;
}

export function secretsIn(namespace: string): string {
  return `/api/v1/namespaces/${namespace}/secrets`;
}

const storeKind = 'ClusterSecretStore';
/** The store that the backend answers for, and one whose backend never answers. */
export const stores = { answering: 'bench', hanging: 'hanging' } as const;

export function credentialSecret(vault: VaultStandIn): object {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'vault-credentials', namespace: systemNamespace },
    stringData: { secretId: vault.secretId, token: vault.token },
  };
}

export interface StoreOptions {
  readonly name: string;
  /** URL of the backend. */
  readonly server: string;
  readonly roleId: string;
  readonly method: BenchOptions['auth'];
}

export function clusterSecretStore({ name, server, roleId, method }: StoreOptions): object {
  const reference = (key: string): object => ({ name: 'vault-credentials', namespace: systemNamespace, key });
  const auth =
    method === 'token'
      ? { tokenSecretRef: reference('token') }
      : { appRole: { path: 'approle', roleId, secretRef: reference('secretId') } };
  return {
    apiVersion: 'external-secrets.io/v1',
    kind: storeKind,
    metadata: { name },
    spec: { provider: { vault: { server, path: 'secret', version: 'v2', auth } } },
  };
}

export function externalSecret(
  { namespace, name, key }: PlannedObject,
  options: BenchOptions,
  store: string = stores.answering,
): object {
  const data = propertyNames(options).map((property) => ({ secretKey: property, remoteRef: { key, property } }));
  return {
    apiVersion: 'external-secrets.io/v1',
    kind: 'ExternalSecret',
    metadata: { namespace, name },
    spec: { refreshInterval: options.refreshInterval, secretStoreRef: { name: store, kind: storeKind }, data },
  };
}
