import type { ObjectKey } from '@esox/cluster';

/** Who asks: the kind and namespace of the store that holds the reference, and the namespace of its consumer. */
export interface ReferenceScope {
  readonly storeKind: 'SecretStore' | 'ClusterSecretStore';
  readonly storeNamespace: string | undefined;
  /** Undefined while a ClusterSecretStore is validated on its own. */
  readonly consumerNamespace: string | undefined;
}

export interface Reference {
  readonly kind: 'Secret' | 'ConfigMap' | 'ServiceAccount';
  readonly name?: string | undefined;
  readonly namespace?: string | undefined;
}

export type Resolution =
  | { readonly allowed: true; readonly key: Required<ObjectKey> & { namespace: string } }
  /** `referent`: it could be resolved with a consumer, but there is none. */
  | { readonly allowed: false; readonly why: string; readonly referent: boolean };

/**
 * The only place that decides in which namespace a reference of a store may be looked up. A namespaced store reaches
 * its own namespace and no other; a cluster-wide store reaches the namespace that the reference names, else its
 * consumer's.
 */
export function resolveReference(scope: ReferenceScope, reference: Reference): Resolution {
  const { kind, name, namespace } = reference;
  if (!name) return denied(`a reference to a ${kind} has no name`);
  if (scope.storeKind === 'SecretStore') {
    const own = scope.storeNamespace;
    if (own === undefined) return denied(`the SecretStore of the reference to ${kind} "${name}" has no namespace`);
    if (namespace && namespace !== own) {
      return denied(
        `${kind} "${name}" is referred to in namespace "${namespace}", but a SecretStore may only use its own namespace "${own}"; remove the namespace, or use a ClusterSecretStore`,
      );
    }
    return { allowed: true, key: { namespace: own, name } };
  }
  const target = namespace ?? scope.consumerNamespace;
  if (!target) {
    return {
      ...denied(`${kind} "${name}" has no namespace, so it is looked up where the store is used`),
      referent: true,
    };
  }
  return { allowed: true, key: { namespace: target, name } };
}

function denied(why: string): { allowed: false; why: string; referent: boolean } {
  return { allowed: false, why, referent: false };
}
