import { access, readFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import { delimiter, join } from 'node:path';
import type { Clock } from '../clock.ts';
import type { Connection } from './connection.ts';
import { credentialsOf, material, tokenFileCredentials } from './credentials.ts';
import { isRecord, type JsonRecord } from './json.ts';
import { misconfigured, readKubeconfig, text } from './kubeconfig.ts';

export interface FindConnectionOptions {
  readonly clock: Clock;
  /** Where `KUBECONFIG`, `KUBERNETES_SERVICE_HOST`, `KUBERNETES_SERVICE_PORT` and `HOME` are looked up. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** A kubeconfig's path that was asked for; several are separated as in `PATH`. Goes before everything else. */
  readonly kubeconfig?: string;
  /** Instead of the current context. */
  readonly context?: string;
  readonly serviceAccountFolder?: string;
}

const SERVICE_ACCOUNT_FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * The cluster to work on, in the order of other operators: the kubeconfig that was asked for, `KUBECONFIG`, the cluster
 * that this runs in, `~/.kube/config`. Undefined when there is none. Throws a ClusterError for one that cannot be used.
 */
export async function findConnection(options: FindConnectionOptions): Promise<Connection | undefined> {
  const { environment, clock, context } = options;
  const kubeconfig = options.kubeconfig || environment['KUBECONFIG'];
  if (kubeconfig) return await fromKubeconfig(kubeconfig.split(delimiter).filter(Boolean), clock, context);
  if (environment['KUBERNETES_SERVICE_HOST'] && environment['KUBERNETES_SERVICE_PORT']) return await inCluster(options);
  const standard = join(environment['HOME'] ?? '', '.kube', 'config');
  if (environment['HOME'] === undefined || !(await exists(standard))) return undefined;
  return await fromKubeconfig([standard], clock, context);
}

async function fromKubeconfig(paths: readonly string[], clock: Clock, context?: string): Promise<Connection> {
  const { cluster, user, userName, namespace } = await readKubeconfig(paths, context);
  const server = text(cluster, 'server');
  if (server === undefined || !/^https?:/.test(server) || !URL.canParse(server)) {
    throw misconfigured(`kubeconfig ${paths.join(', ')}: the cluster's server is no http(s) URL.`);
  }
  const ca = await material(cluster, 'certificate-authority', 'cluster');
  const serverName = text(cluster, 'tls-server-name');
  const proxyUrl = text(cluster, 'proxy-url');
  return {
    server: new URL(server),
    tls: {
      ...(ca === undefined ? {} : { ca }),
      ...(serverName === undefined ? {} : { serverName }),
      skipVerification: cluster['insecure-skip-tls-verify'] === true,
    },
    ...(proxyUrl === undefined ? {} : { proxyUrl }),
    headers: impersonation(user),
    credentials: credentialsOf(user, userName, clock),
    ...(namespace === undefined ? {} : { namespace }),
  };
}

async function inCluster({ environment, clock, serviceAccountFolder }: FindConnectionOptions): Promise<Connection> {
  const folder = serviceAccountFolder ?? SERVICE_ACCOUNT_FOLDER;
  const host = environment['KUBERNETES_SERVICE_HOST'] ?? '';
  const ca = await readFile(join(folder, 'ca.crt'), 'utf8').catch(() => {
    throw misconfigured(`${folder}: ca.crt cannot be read. The Pod needs its service account mounted.`);
  });
  const namespace = await readFile(join(folder, 'namespace'), 'utf8').catch(() => undefined);
  return {
    server: new URL(`https://${isIPv6(host) ? `[${host}]` : host}:${environment['KUBERNETES_SERVICE_PORT']}`),
    tls: { ca },
    headers: {},
    credentials: tokenFileCredentials(join(folder, 'token'), clock),
    ...(namespace === undefined ? {} : { namespace: namespace.trim() }),
  };
}

function impersonation(user: JsonRecord): Record<string, string> {
  const as = text(user, 'as');
  if (as === undefined) return {};
  const groups = user['as-groups'];
  const extra = user['as-user-extra'];
  // Both would need one header more than once, which nobody has asked for yet.
  if (isRecord(extra) || (Array.isArray(groups) && groups.length > 1)) {
    throw misconfigured('kubeconfig: as-user-extra and more than one of as-groups are not supported.');
  }
  const uid = text(user, 'as-uid');
  return {
    'impersonate-user': as,
    ...(uid === undefined ? {} : { 'impersonate-uid': uid }),
    ...(Array.isArray(groups) && typeof groups[0] === 'string' ? { 'impersonate-group': groups[0] } : {}),
  };
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}
