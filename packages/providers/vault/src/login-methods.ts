import { type Call, type Host, ProviderError, type Sealed } from '@esox/core';
import type { JsonObject, SecretKeySelector, ServiceAccountSelector } from '@esox/provider-kit';
import type { VaultApi } from './api.ts';
import type { VaultAuth } from './config.ts';
import { loginError } from './login-errors.ts';

type Settings<M extends keyof VaultAuth> = NonNullable<VaultAuth[M]>;

/** References to a certificate and its private key. */
export interface ClientCertificate {
  readonly certSecretRef: SecretKeySelector;
  readonly keySecretRef: SecretKeySelector;
}

/** One way to get a token, as the store's `auth` describes it. */
export interface LoginMethod {
  /** Field of `auth`. */
  readonly name: string;
  readonly references: readonly (SecretKeySelector | ServiceAccountSelector | undefined)[];
  /** What the connections must show for this login. */
  readonly clientCertificate?: ClientCertificate;
  /** Logs in; the answer holds the token in `auth`. */
  logIn(api: VaultApi, host: Host, call: Call): Promise<JsonObject>;
}

export function appRoleMethod({ path, roleId, roleRef, secretRef }: Settings<'appRole'>): LoginMethod {
  return {
    name: 'appRole',
    references: [roleRef, secretRef],
    async logIn(api, host, call) {
      const role = roleRef ? (await host.secret(roleRef, call)).openText() : (roleId ?? '');
      const secrets = { role_id: role.trim(), secret_id: token(await host.secret(secretRef, call)) };
      return await attempt(this.name, path, () => api.approleLogin(path, secrets, call));
    },
  };
}

export function kubernetesMethod(settings: Settings<'kubernetes'>): LoginMethod {
  const { mountPath, role, serviceAccountRef, secretRef } = settings;
  return {
    name: 'kubernetes',
    references: [serviceAccountRef ?? secretRef],
    async logIn(api, host, call) {
      const jwt = token(await kubernetesToken(settings, host, call));
      return await attempt(this.name, mountPath, () => api.kubernetesLogin(mountPath, { role, jwt }, call));
    },
  };
}

async function kubernetesToken(settings: Settings<'kubernetes'>, host: Host, call: Call): Promise<Sealed> {
  const { serviceAccountRef, secretRef } = settings;
  if (serviceAccountRef) {
    const { audiences = [] } = serviceAccountRef;
    return await host.serviceAccountToken(serviceAccountRef, { audiences, expirationSeconds: 600 }, call);
  }
  if (secretRef) return await host.secret({ ...secretRef, key: secretRef.key ?? 'token' }, call);
  const own = await host.podToken(call);
  if (own) return own;
  throw new ProviderError(
    'invalid-config',
    'auth.kubernetes names neither serviceAccountRef nor secretRef, and the operator does not run in a Pod, so it has no token of its own',
  );
}

export function jwtMethod(settings: Settings<'jwt'>): LoginMethod {
  const { path, role, secretRef, kubernetesServiceAccountToken } = settings;
  return {
    name: 'jwt',
    references: [secretRef ?? kubernetesServiceAccountToken?.serviceAccountRef],
    async logIn(api, host, call) {
      const jwt = token(await jwtOf(settings, host, call));
      return await attempt(this.name, path, () => api.jwtLogin(path, { ...(role && { role }), jwt }, call));
    },
  };
}

async function jwtOf(settings: Settings<'jwt'>, host: Host, call: Call): Promise<Sealed> {
  const { secretRef, kubernetesServiceAccountToken } = settings;
  if (secretRef) return await host.secret(secretRef, call);
  if (!kubernetesServiceAccountToken) {
    throw new ProviderError('invalid-config', 'auth.jwt needs secretRef or kubernetesServiceAccountToken');
  }
  const { serviceAccountRef, audiences = ['vault'], expirationSeconds = 600 } = kubernetesServiceAccountToken;
  const all = [...audiences, ...(serviceAccountRef.audiences ?? [])];
  return await host.serviceAccountToken(serviceAccountRef, { audiences: all, expirationSeconds }, call);
}

/** `ldap` and `userPass` differ in the path of their login only. */
export function passwordMethod(name: 'ldap' | 'userPass', settings: Settings<'ldap'>): LoginMethod {
  const { path, username, secretRef } = settings;
  return {
    name,
    references: [secretRef],
    async logIn(api, host, call) {
      if (!secretRef)
        throw new ProviderError('invalid-config', `auth.${name}.secretRef is missing: it holds the password`);
      const password = (await host.secret(secretRef, call)).openText();
      const login = { mount: path, username: username.trim(), password };
      const suspicion = password.endsWith('\n')
        ? 'the password ends with a line break, which may be a mistake'
        : undefined;
      return await attempt(
        name,
        path,
        () => api.passwordLogin(name === 'ldap' ? 'ldap' : 'userpass', login, call),
        suspicion,
      );
    },
  };
}

export async function attempt(
  method: string,
  mount: string,
  logIn: () => Promise<JsonObject>,
  suspicion?: string,
): Promise<JsonObject> {
  try {
    return await logIn();
  } catch (error) {
    throw loginError(error, { method, path: `auth/${mount}/login`, suspicion });
  }
}

/** A token never ends with a line break: an editor or `base64` put it there. */
export function token(sealed: Sealed): string {
  return sealed.openText().replace(/[\r\n]+$/, '');
}
