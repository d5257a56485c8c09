import type { KubeClient } from './kube-client.ts';

export type PolicyRule = { verbs: readonly string[] } & (
  | { apiGroups: readonly string[]; resources: readonly string[]; resourceNames?: readonly string[] }
  | { nonResourceURLs: readonly string[] }
);

export interface ServiceAccountUserInput {
  /** Must exist. */
  namespace: string;
  name: string;
  /** Granted in the namespace. */
  rules?: readonly PolicyRule[];
  /** Granted everywhere. */
  clusterRules?: readonly PolicyRule[];
  /** Of the token; the API server's own when not given. */
  audiences?: readonly string[];
  expirationSeconds?: number;
}

export interface ServiceAccountUser {
  /** As RBAC and the audit log have it: `system:serviceaccount:<namespace>:<name>`. */
  user: string;
  token: string;
}

/** Makes a ServiceAccount, the roles and bindings for the rules given, and asks for a token. */
export async function createServiceAccountUser(
  client: KubeClient,
  input: ServiceAccountUserInput,
): Promise<ServiceAccountUser> {
  const { namespace, name } = input;
  const collection = `/api/v1/namespaces/${namespace}/serviceaccounts`;
  await client.call({
    method: 'POST',
    path: collection,
    body: { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace, name } },
  });
  if (input.rules !== undefined) await grant(client, input, 'Role', input.rules);
  if (input.clusterRules !== undefined) await grant(client, input, 'ClusterRole', input.clusterRules);
  const { status } = await client.call<{ status: { token: string } }>({
    method: 'POST',
    path: `${collection}/${name}/token`,
    body: {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { audiences: input.audiences, expirationSeconds: input.expirationSeconds ?? 3_600 },
    },
  });
  return { user: `system:serviceaccount:${namespace}:${name}`, token: status.token };
}

async function grant(
  client: KubeClient,
  { namespace, name }: ServiceAccountUserInput,
  kind: 'Role' | 'ClusterRole',
  rules: readonly PolicyRule[],
): Promise<void> {
  const apiGroup = 'rbac.authorization.k8s.io';
  const apiVersion = `${apiGroup}/v1`;
  const isLocal = kind === 'Role';
  // A ClusterRole has no namespace to keep its name apart from other tests'.
  const metadata = isLocal ? { namespace, name } : { name: `${namespace}-${name}` };
  const base = `/apis/${apiVersion}${isLocal ? `/namespaces/${namespace}` : ''}/${kind.toLowerCase()}`;
  await client.call({ method: 'POST', path: `${base}s`, body: { apiVersion, kind, metadata, rules } });
  await client.call({
    method: 'POST',
    path: `${base}bindings`,
    body: {
      apiVersion,
      kind: `${kind}Binding`,
      metadata,
      roleRef: { apiGroup, kind, name: metadata.name },
      subjects: [{ kind: 'ServiceAccount', namespace, name }],
    },
  });
}
