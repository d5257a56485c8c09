import type { SecretStore } from '@esox/api';
import { CLUSTER_SECRET_STORES, SECRET_STORES } from '@esox/api';
import type { KubernetesObject, ResourceType } from '@esox/cluster';
import { ProviderError } from '@esox/core';

export type StoreKind = 'SecretStore' | 'ClusterSecretStore';

/** Which store an entry reads from, seen from the namespace of its consumer. */
export interface StoreAddress {
  readonly kind: StoreKind;
  /** Undefined for a ClusterSecretStore. */
  readonly namespace: string | undefined;
  readonly name: string;
}

/** `SecretStore/namespace/name` or `ClusterSecretStore/name`: one name for a store across both kinds. */
export function storeId(address: StoreAddress): string {
  return [address.kind, address.namespace, address.name].filter((part) => part !== undefined).join('/');
}

export function storeAddress(
  ref: { readonly kind?: string | undefined; readonly name?: string | undefined } | undefined,
  consumerNamespace: string,
): StoreAddress {
  if (!ref?.name) {
    throw new ProviderError(
      'invalid-config',
      'no store is named: set spec.secretStoreRef.name, or sourceRef.storeRef of the entry',
    );
  }
  return ref.kind === 'ClusterSecretStore'
    ? { kind: 'ClusterSecretStore', namespace: undefined, name: ref.name }
    : { kind: 'SecretStore', namespace: consumerNamespace, name: ref.name };
}

export function storeType(kind: StoreKind): ResourceType {
  return kind === 'SecretStore' ? SECRET_STORES : CLUSTER_SECRET_STORES;
}

/** The only provider of a store; CRD and `parseStore` have made sure that there is one. */
export function providerOf(store: SecretStore): { id: string; config: unknown } {
  const [entry] = Object.entries(store.spec.provider);
  if (!entry) throw new ProviderError('invalid-config', 'spec.provider names no provider');
  return { id: entry[0], config: entry[1] };
}

/** What is kept of a store in memory. */
export function trimStore(object: KubernetesObject): SecretStore {
  const { managedFields: _managedFields, ...metadata } = object.metadata;
  const { spec, ...rest } = object as Partial<SecretStore>;
  // An object may be older than the schema, and `spec` is not required there.
  return { ...rest, metadata, spec: typeof spec === 'object' && spec !== null ? spec : { provider: {} } };
}

/** Names one generation of one store object. */
export function storeVersion(store: SecretStore): string {
  return `${store.metadata.uid ?? store.metadata.name}/${store.metadata.generation ?? 0}`;
}
