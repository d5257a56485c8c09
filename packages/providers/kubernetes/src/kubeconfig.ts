import { parse } from 'yaml';
import { z } from 'zod';
import { type HttpOptions, ProviderError, Sealed } from '@esox/core';
import { tlsIdentity } from '@esox/provider-kit';
import { serverUrl } from './server-url.ts';

/** What a kubeconfig's current context says. */
export interface KubeconfigTarget {
  readonly url: string;
  readonly http: HttpOptions;
  /** Undefined where the user has none. */
  readonly token: Sealed | undefined;
}

const text = z.string().optional();

const cluster = z.looseObject({
  server: z.string(),
  'certificate-authority': text,
  'certificate-authority-data': text,
  'insecure-skip-tls-verify': z.boolean().optional(),
  'tls-server-name': text,
  'proxy-url': text,
});

const user = z.looseObject({
  token: text,
  tokenFile: text,
  'client-certificate': text,
  'client-certificate-data': text,
  'client-key': text,
  'client-key-data': text,
});

const name = z.string();

const kubeconfig = z.object({
  'current-context': name,
  clusters: z.array(z.object({ name, cluster })),
  contexts: z.array(z.object({ name, context: z.object({ cluster: name, user: text }) })),
  users: z.array(z.object({ name, user: user.nullish() })).nullish(),
});

type Cluster = z.output<typeof cluster>;
type User = z.output<typeof user>;

/**
 * Reads the current context. Throws `invalid-config` for what is no kubeconfig, and for what only the machine that it
 * was written for could do: run a program, read a file, skip the check of certificates, act as somebody else.
 */
export function readKubeconfig(content: Sealed): KubeconfigTarget {
  const { cluster: chosenCluster, user: chosenUser = {} } = currentContext(content);
  refuseCluster(chosenCluster);
  refuseUser(chosenUser);
  return {
    url: serverUrl(chosenCluster.server, 'server in the kubeconfig of authRef'),
    http: { ...clusterOptions(chosenCluster), ...identity(chosenUser) },
    token: chosenUser.token ? Sealed.text(chosenUser.token) : undefined,
  };
}

function currentContext(content: Sealed): { cluster: Cluster; user: User | undefined } {
  const { data: file } = kubeconfig.safeParse(parsed(content));
  if (!file) {
    throw invalid('the Secret of authRef holds no kubeconfig with a current-context, clusters and contexts in YAML');
  }
  const context = named(file.contexts, file['current-context'], 'context').context;
  const chosenCluster = named(file.clusters, context.cluster, 'cluster').cluster;
  if (!context.user) return { cluster: chosenCluster, user: undefined };
  return { cluster: chosenCluster, user: named(file.users ?? [], context.user, 'user').user ?? undefined };
}

function named<T extends { name: string }>(entries: readonly T[], wanted: string, what: string): T {
  const entry = entries.find((candidate) => candidate.name === wanted);
  if (entry) return entry;
  throw invalid(`the kubeconfig of authRef has no ${what} of the name that its current context leads to`);
}

/** The parser's own error quotes the text, so it is dropped. */
function parsed(content: Sealed): unknown {
  try {
    return parse(content.openText(), { logLevel: 'silent' });
  } catch {
    return undefined;
  }
}

function refuseCluster(chosen: Cluster): void {
  if (chosen['certificate-authority']) throw fileNamed('certificate-authority', 'certificate-authority-data');
  if (chosen['insecure-skip-tls-verify']) {
    throw invalid(
      'insecure-skip-tls-verify in the kubeconfig of authRef is not supported: whoever answers would get the credentials; put the CA into certificate-authority-data',
    );
  }
}

/** What would run code of the cluster's users inside the operator, or cannot be done as it is meant. */
const refused: readonly (readonly [field: string, why: string])[] = [
  ['exec', 'it would run a program inside the operator; use a token or a client certificate'],
  ['auth-provider', 'it would run a plugin inside the operator; use a token or a client certificate'],
  ['username', 'API servers know no passwords any more; use a token or a client certificate'],
  ['as', 'Esox does not act as somebody else; log in as who may read the Secrets'],
  ['as-uid', 'Esox does not act as somebody else; log in as who may read the Secrets'],
  ['as-groups', 'Esox does not act as somebody else; log in as who may read the Secrets'],
  ['as-user-extra', 'Esox does not act as somebody else; log in as who may read the Secrets'],
];

function refuseUser(chosen: User): void {
  const found = refused.find(([field]) => chosen[field] !== undefined && chosen[field] !== null);
  if (found) throw invalid(`${found[0]} in the kubeconfig of authRef is not supported: ${found[1]}`);
  if (chosen.tokenFile) throw fileNamed('tokenFile', 'token');
  if (chosen['client-certificate']) throw fileNamed('client-certificate', 'client-certificate-data');
  if (chosen['client-key']) throw fileNamed('client-key', 'client-key-data');
}

function fileNamed(field: string, instead: string): ProviderError {
  return invalid(
    `${field} in the kubeconfig of authRef names a file of the machine that it was written for; put its content into ${instead}`,
  );
}

function clusterOptions(chosen: Cluster): HttpOptions {
  const ca = chosen['certificate-authority-data'];
  const serverName = chosen['tls-server-name'];
  const proxy = chosen['proxy-url'];
  return {
    ...(ca && { ca: Buffer.from(ca, 'base64') }),
    ...(serverName && { serverName }),
    ...(proxy && { proxy }),
  };
}

function identity(chosen: User): HttpOptions {
  const cert = chosen['client-certificate-data'];
  const key = chosen['client-key-data'];
  if (!cert && !key) return {};
  if (!cert || !key) {
    throw invalid('the kubeconfig of authRef has only one of client-certificate-data and client-key-data');
  }
  return tlsIdentity(Sealed.of(Buffer.from(cert, 'base64')), Sealed.of(Buffer.from(key, 'base64')), {
    cert: 'client-certificate-data in the kubeconfig of authRef',
    key: 'client-key-data in the kubeconfig of authRef',
  });
}

function invalid(message: string): ProviderError {
  return new ProviderError('invalid-config', message);
}
