import { type Call, ProviderError } from '@esox/core';
import type { JsonObject, TokenSource } from '@esox/provider-kit';
import type { AbsenceRule, Probes } from './absence.ts';
import type { VaultApi } from './api.ts';
import { failureError, isBareDenial } from './errors.ts';
import type { Session } from './login.ts';
import type { KvPath } from './paths.ts';

/** Requests to the Vault of one store, with a login that is made and renewed as needed. Rejects with ProviderError. */
export interface Vault {
  /** Rejects with `not-found` only where the secret is known not to exist. `version` is for version v2 engines. */
  read(at: KvPath, call: Call, version?: string): Promise<JsonObject>;
  list(at: KvPath, call: Call): Promise<JsonObject>;
  /** Logs in where there is no login yet, and asks Vault whether it knows the token. */
  checkLogin(call: Call): Promise<void>;
}

const lookUpSelf = { verb: 'read', path: 'auth/token/lookup-self' };

export function vault(sessions: TokenSource<Session>, absence: AbsenceRule): Vault {
  const probes = (api: VaultApi, call: Call): Probes => ({
    mount: (path) => api.read(`sys/internal/ui/mounts/${path}`, {}, call),
  });

  return {
    read: (at, call, version) =>
      sessions.use(async ({ api }) => {
        const read = (query: Readonly<Record<string, string>>): Promise<JsonObject> => api.read(at.path, query, call);
        try {
          return await read(version === undefined ? {} : { version });
        } catch (error) {
          await rethrowUnknownToken(error, api, call);
          const current = version === undefined ? undefined : () => read({});
          throw await absence.explain(error, { ...at, verb: 'read' }, { ...probes(api, call), current });
        }
      }, call),
    list: (at, call) =>
      sessions.use(async ({ api }) => {
        try {
          return await api.list(at.path, call);
        } catch (error) {
          await rethrowUnknownToken(error, api, call);
          throw await absence.explain(error, { ...at, verb: 'list' }, probes(api, call));
        }
      }, call),
    checkLogin: (call) => sessions.use((session) => lookUp(session, call), call),
  };
}

async function lookUp({ api, loggedIn }: Session, call: Call): Promise<void> {
  try {
    await api.lookUpSelf(call);
  } catch (error) {
    const failure = failureError(error, lookUpSelf);
    // The login has just shown that the token is good; it merely may not look at itself.
    if (failure.code === 'denied' && loggedIn && !isBareDenial(error)) return;
    throw failure.code === 'denied' ? notAccepted(failure) : failure;
  }
}

function notAccepted(failure: ProviderError): ProviderError {
  return new ProviderError(
    'unauthenticated',
    'Vault does not accept the token (HTTP 403): it is missing, unknown, or its policies do not allow auth/token/lookup-self',
    { cause: failure },
  );
}

/** After a denial that does not tell whether the token or the policy is at fault, the token is looked up. */
async function rethrowUnknownToken(error: unknown, api: VaultApi, call: Call): Promise<void> {
  if (!isBareDenial(error)) return;
  try {
    await api.lookUpSelf(call);
  } catch (lookUpError) {
    const failure = failureError(lookUpError, lookUpSelf);
    throw failure.code === 'denied' ? notAccepted(failure) : failure;
  }
}
