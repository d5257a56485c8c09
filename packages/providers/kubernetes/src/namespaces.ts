import { type Call, ProviderError } from '@esox/core';
import { sharedRun } from '@esox/provider-kit';
import type { KubernetesApi } from './api.ts';

/**
 * Rejects with `invalid-config` where the namespace does not exist. In a namespace that does not exist every Secret is
 * missing and every listing empty, so that a typing error in `remoteNamespace` would count as "deleted". Before its first
 * such answer a client therefore asks for the namespace, once. A login that may not see namespaces cannot tell; its
 * rights come from a RoleBinding in that namespace, as a rule, which is there only as long as the namespace is.
 */
export type EnsureNamespace = (call: Call) => Promise<void>;

export function ensureNamespace(api: KubernetesApi, namespace: string): EnsureNamespace {
  let settled = false;
  const ask = sharedRun(async (call) => {
    await api
      .send(
        {
          method: 'GET',
          verb: 'get',
          resource: 'namespaces',
          name: namespace,
          path: `/api/v1/namespaces/${encodeURIComponent(namespace)}`,
        },
        call,
      )
      .catch((error: unknown) => {
        const failure = ProviderError.from(error, 'get namespaces');
        if (failure.code !== 'denied') throw failure;
      });
    settled = true;
  });
  return async (call) => {
    if (settled) return;
    await ask(call);
  };
}
