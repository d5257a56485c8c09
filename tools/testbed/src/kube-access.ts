import { countRequests, readAuditLog, type AuditedRequest, type AuditFilter } from './audit-log.ts';
import { kubeClient, type KubeClient } from './kube-client.ts';
import { kubeconfigText } from './kubeconfig.ts';
import {
  createServiceAccountUser,
  type ServiceAccountUser,
  type ServiceAccountUserInput,
} from './service-account-user.ts';
import { createNamespace, type NamespaceInput } from './test-namespace.ts';

/** How to reach an API server; plain data, so that it can be handed to another process. */
export interface ApiServerConnection {
  url: string;
  /** Trusted for `url`. */
  caPem: string;
  /** A token of the group system:masters. */
  adminToken: string;
  /** A kubeconfig of the admin. */
  kubeconfigPath: string;
  auditLogPath: string;
  /** Checks ServiceAccount tokens, for those who verify them offline. */
  serviceAccountPublicKeyPem: string;
}

/** A running API server, whichever process started it. */
export interface ApiServerAccess extends ApiServerConnection {
  /** The client of the admin. */
  client: KubeClient;
  /** A client with another token, or through another URL such as a fault proxy's. */
  clientFor(input: { token?: string; url?: string }): KubeClient;
  /** The admin's kubeconfig, or another user's, or one through another URL such as a fault proxy's. */
  kubeconfig(input?: { token?: string; url?: string; namespace?: string }): string;
  /** A namespace that no other test has; its name. */
  createNamespace(input?: NamespaceInput): Promise<string>;
  /** A ServiceAccount with just these rights, and a token for it. */
  createUser(input: ServiceAccountUserInput): Promise<ServiceAccountUser>;
  /** What clients have asked for; give a user or namespace, because tests run side by side. */
  requests(filter?: AuditFilter): Promise<AuditedRequest[]>;
  /** The same, counted by `verb resource`, such as `{ 'list secrets': 1 }`. */
  requestCounts(filter?: AuditFilter): Promise<Record<string, number>>;
}

export function apiServerAccess(connection: ApiServerConnection): ApiServerAccess {
  const { adminToken, caPem, auditLogPath } = connection;
  const target = ({ token = adminToken, url = connection.url }: { token?: string; url?: string }) => ({
    token,
    url,
    ...(url.startsWith('https:') ? { caPem } : {}),
  });
  const client = kubeClient(target({}));
  return {
    ...connection,
    client,
    clientFor: (input) => kubeClient(target(input)),
    kubeconfig: ({ namespace, ...input } = {}) =>
      kubeconfigText({ ...target(input), ...(namespace === undefined ? {} : { namespace }) }),
    createNamespace: (input) => createNamespace(client, input),
    createUser: (input) => createServiceAccountUser(client, input),
    requests: (filter) => readAuditLog(auditLogPath, filter),
    requestCounts: async (filter) => countRequests(await readAuditLog(auditLogPath, filter)),
  };
}
