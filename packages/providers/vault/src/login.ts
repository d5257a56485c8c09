import { type Call, type Host, ProviderError } from '@esox/core';
import { isJsonObject, isReferent, JsonNumber, type JsonObject, type JsonValue, type Login } from '@esox/provider-kit';
import type { VaultApi } from './api.ts';
import type { VaultAuth, VaultConfig } from './config.ts';
import { certMethod } from './login-cert.ts';
import { gcpMethod } from './login-gcp.ts';
import { iamMethod } from './login-iam.ts';
import {
  appRoleMethod,
  type ClientCertificate,
  jwtMethod,
  kubernetesMethod,
  type LoginMethod,
  passwordMethod,
  token,
} from './login-methods.ts';

/** A login that is in use. */
export interface Session {
  readonly api: VaultApi;
  /** Whether this client got the token by a login of its own. */
  readonly loggedIn: boolean;
  /** Whether it is revoked in the end: a static token is not ours, and a batch token cannot be. */
  readonly revocable: boolean;
}

/** Makes a client of Vault for a namespace and a token. */
export type OpenApi = (namespace: string | undefined, token: string | undefined) => VaultApi;

/** Starts a session. */
export type Authenticate = (open: OpenApi, host: Host, call: Call) => Promise<Login<Session>>;

/** How a store's client logs in. */
export interface Authentication {
  readonly authenticate: Authenticate;
  /** Whether it waits for the namespace of a consumer (see `isReferent`). */
  readonly waitsForConsumer: boolean;
  /** What the connections must show for this login. */
  readonly clientCertificate?: ClientCertificate | undefined;
}

/** Throws where `auth` names no method. */
export function authentication({ auth, namespace, server }: VaultConfig, host: Host): Authentication {
  if (auth === undefined) return { authenticate: withoutToken(namespace), waitsForConsumer: false };
  if (auth.tokenSecretRef) {
    return {
      authenticate: withStaticToken(auth.tokenSecretRef, namespace),
      waitsForConsumer: isReferent(host, auth.tokenSecretRef),
    };
  }
  const method = methodOf(auth, server.replace(/\/+$/, ''));
  return {
    authenticate: byLogin(method, auth.namespace ?? namespace, namespace),
    waitsForConsumer: method.references.some((reference) => isReferent(host, reference)),
    clientCertificate: method.clientCertificate,
  };
}

/** Of several methods the first one counts. */
function methodOf({ appRole, kubernetes, ldap, userPass, ...rest }: VaultAuth, server: string): LoginMethod {
  if (appRole) return appRoleMethod(appRole);
  if (kubernetes) return kubernetesMethod(kubernetes);
  if (ldap) return passwordMethod('ldap', ldap);
  if (userPass) return passwordMethod('userPass', userPass);
  return laterMethodOf(rest, server);
}

function laterMethodOf({ jwt, cert, iam, gcp }: VaultAuth, server: string): LoginMethod {
  if (jwt) return jwtMethod(jwt);
  if (cert) return certMethod(cert);
  if (iam) return iamMethod(iam);
  if (gcp) return gcpMethod(gcp, server);
  throw new ProviderError('invalid-config', 'auth names no login method; set one, or take auth out to send no token');
}

/** For a Vault agent, which adds a token of its own. */
function withoutToken(namespace: string | undefined): Authenticate {
  return async (open) => ({
    token: { api: open(namespace, undefined), loggedIn: false, revocable: false },
    expiresAt: undefined,
  });
}

function withStaticToken(
  reference: NonNullable<VaultAuth['tokenSecretRef']>,
  namespace: string | undefined,
): Authenticate {
  return async (open, host, call) => {
    const text = token(await host.secret(reference, call));
    if (!/^[\x21-\x7e]+$/.test(text)) {
      throw new ProviderError(
        'unauthenticated',
        'the Secret of auth.tokenSecretRef holds no Vault token: it is empty, or has blanks or other characters inside',
      );
    }
    return { token: { api: open(namespace, text), loggedIn: false, revocable: false }, expiresAt: undefined };
  };
}

function byLogin(method: LoginMethod, loginNamespace: string | undefined, namespace: string | undefined): Authenticate {
  return async (open, host, call) => {
    const startedAt = host.clock.now();
    const answer = await method.logIn(open(loginNamespace, undefined), host, call);
    const { clientToken, lifeMs, revocable } = tokenOf(answer, method.name);
    return {
      token: { api: open(namespace, clientToken), loggedIn: true, revocable },
      expiresAt: lifeMs === 0 ? undefined : startedAt + lifeMs,
    };
  };
}

interface GrantedToken {
  readonly clientToken: string;
  readonly lifeMs: number;
  readonly revocable: boolean;
}

function tokenOf({ auth }: JsonObject, method: string): GrantedToken {
  const clientToken = isJsonObject(auth) ? auth['client_token'] : undefined;
  if (!isJsonObject(auth) || typeof clientToken !== 'string' || clientToken === '') {
    throw new ProviderError(
      'unauthenticated',
      `Vault answered the login auth.${method} without a token; a login that asks for a second factor cannot be used`,
    );
  }
  return {
    clientToken,
    lifeMs: seconds(auth['lease_duration']) * 1000,
    revocable: auth['token_type'] !== 'batch',
  };
}

function seconds(value: JsonValue | undefined): number {
  return value instanceof JsonNumber ? Number(value.source) : 0;
}
