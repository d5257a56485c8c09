import { type Call, ProviderError } from '@esox/core';
import type { JsonObject, TokenSource } from '@esox/provider-kit';
import type { AbsenceRule, Asked } from './absence.ts';
import type { VaultApi } from './api.ts';
import { failureError, isBareDenial } from './errors.ts';
import type { Session } from './login.ts';
import type { KvPath } from './paths.ts';

/** Requests to the Vault of one store, with a login that is made and renewed as needed. Rejects with ProviderError. */
export interface Vault {
  /** Rejects with `not-found` only where the secret is known not to exist. `version` is for version v2 engines. */
  read(at: KvPath, call: Call, version?: string): Promise<JsonObject>;
  list(at: KvPath, call: Call): Promise<JsonObject>;
  write(at: KvPath, body: JsonObject, call: Call): Promise<void>;
  /** What is not there counts as deleted. */
  delete(at: KvPath, call: Call): Promise<void>;
  /** Logs in where there is no login yet, and asks Vault whether it knows the token. */
  checkLogin(call: Call): Promise<void>;
}

const lookUpSelf = { verb: 'read', path: 'auth/token/lookup-self' };

export function vault(sessions: TokenSource<Session>, absence: AbsenceRule): Vault {
  type Request<T> = (api: VaultApi) => Promise<T>;

  /** `current` asks for the same secret without a version, where one was asked for. */
  function ask<T>(asked: Asked, call: Call, request: Request<T>, current?: Request<JsonObject>): Promise<T> {
    return sessions.use(async ({ api }) => {
      try {
        return await request(api);
      } catch (error) {
        await rethrowUnknownToken(error, api, call);
        throw await absence.explain(error, asked, {
          mount: (path) => api.read(`sys/internal/ui/mounts/${path}`, {}, call),
          current: current && (() => current(api)),
        });
      }
    }, call);
  }

  return {
    read(at, call, version) {
      const current: Request<JsonObject> = (api) => api.read(at.path, {}, call);
      if (version === undefined) return ask({ ...at, verb: 'read' }, call, current);
      return ask({ ...at, verb: 'read' }, call, (api) => api.read(at.path, { version }, call), current);
    },
    list: (at, call) => ask({ ...at, verb: 'list' }, call, (api) => api.list(at.path, call)),
    write: (at, body, call) => ask({ ...at, verb: 'write' }, call, (api) => api.write(at.path, body, call)),
    delete: (at, call) => ask({ ...at, verb: 'delete' }, call, (api) => api.delete(at.path, call)),
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
