import { type Call, type Host, type HttpOptions, type ObjectKeyRef, ProviderError, Sealed } from '@esox/core';
import { isReferent, type Login, type ServiceAccountSelector, tlsIdentity, tlsOptions } from '@esox/provider-kit';
import type { KubernetesConfig } from './config.ts';
import { readKubeconfig } from './kubeconfig.ts';
import { serverUrl } from './server-url.ts';

/** Bearer token; undefined where a certificate, or nobody, is logged in. */
export type Token = Sealed | undefined;

/** The API server of a store: where it is, whom to trust, and how to log in. */
export interface Target {
  /** Without a slash at its end. */
  readonly url: string;
  readonly http: HttpOptions;
  authenticate(call: Call): Promise<Login<Token>>;
}

type Auth = NonNullable<KubernetesConfig['auth']>;

/** Life of a ServiceAccount's token that is asked for. The API server may grant less: then it answers 401 earlier. */
const tokenSeconds = 3600;

/** Whether the login waits for the namespace of a consumer (see `isReferent`). */
export function waitsForConsumer({ auth, authRef }: KubernetesConfig, host: Host): boolean {
  const { cert, token, serviceAccount } = auth ?? {};
  const references = [authRef, cert?.clientCert, cert?.clientKey, token?.bearerToken, serviceAccount];
  return references.some((reference) => isReferent(host, reference));
}

/** Resolves the references of the store. A kubeconfig stands for server, trust and login together. */
export async function target(config: KubernetesConfig, host: Host, call: Call): Promise<Target> {
  const { authRef, auth, server } = config;
  if (authRef) return await kubeconfigTarget(authRef, host, call);
  const url = serverUrl(server?.url ?? 'kubernetes.default', 'server.url');
  const trust = await tlsOptions(server ?? {}, host, call);
  const identity = auth?.cert ? await certificate(auth.cert, host, call) : {};
  return { url, http: { ...trust, ...identity }, authenticate: authentication(auth, host) };
}

async function kubeconfigTarget(reference: ObjectKeyRef, host: Host, call: Call): Promise<Target> {
  const { url, http, token } = readKubeconfig(await host.secret(reference, call));
  const field = 'token in the kubeconfig of authRef';
  const bearer = token && checkedToken(token, field);
  // A kubeconfig that is changed makes a new client, so there is nothing newer to log in with.
  return { url, http, authenticate: async () => ({ token: bearer, expiresAt: undefined }) };
}

async function certificate(
  { clientCert, clientKey }: NonNullable<Auth['cert']>,
  host: Host,
  call: Call,
): Promise<HttpOptions> {
  const [cert, key] = await Promise.all([host.secret(clientCert, call), host.secret(clientKey, call)]);
  return tlsIdentity(cert, key, { cert: 'auth.cert.clientCert', key: 'auth.cert.clientKey' });
}

function authentication(auth: Auth | undefined, host: Host): Target['authenticate'] {
  if (auth?.token) {
    const { bearerToken } = auth.token;
    return async (call) => {
      const token = checkedToken(await host.secret(bearerToken, call), 'the Secret of auth.token.bearerToken');
      return { token, expiresAt: undefined };
    };
  }
  if (auth?.serviceAccount) {
    const { serviceAccount } = auth;
    return (call) => serviceAccountLogin(serviceAccount, host, call);
  }
  return async () => ({ token: undefined, expiresAt: undefined });
}

async function serviceAccountLogin(account: ServiceAccountSelector, host: Host, call: Call): Promise<Login<Token>> {
  const startedAt = host.clock.now();
  const request = { audiences: account.audiences ?? [], expirationSeconds: tokenSeconds };
  const token = await host.serviceAccountToken(account, request, call);
  return { token, expiresAt: startedAt + tokenSeconds * 1000 };
}

/** A line break at the end is an editor's, not the token's. */
function checkedToken(sealed: Sealed, where: string): Sealed {
  const text = sealed.openText().replace(/[\r\n]+$/, '');
  if (/^[\x21-\x7e]+$/.test(text)) return Sealed.text(text);
  throw new ProviderError(
    'unauthenticated',
    `${where} is no bearer token: it is empty, or has blanks or other characters inside`,
  );
}
