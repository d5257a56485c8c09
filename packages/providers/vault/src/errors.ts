import { type ErrorCode, ProviderError } from '@esox/core';
import { isJsonObject, type JsonValue } from '@esox/provider-kit';
import { VaultFailure } from './transport.ts';

/** What was asked of Vault, for the error's text. */
export interface Operation {
  /** Such as `read`. */
  readonly verb: string;
  /** Path behind `/v1/`, not encoded. */
  readonly path: string;
}

/**
 * What an answer other than 2xx means. Vault's own texts are only compared with known ones and never shown, since they
 * may quote what was sent. A 404 is `unavailable` here: `absence.ts` decides when it means that a secret does not exist.
 */
export function failureError(error: unknown, operation: Operation): ProviderError {
  if (!(error instanceof VaultFailure)) return ProviderError.from(error, `${operation.verb} ${operation.path}`);
  const { code, why } = meaning(error);
  return new ProviderError(
    code,
    `Vault answered ${operation.verb} ${operation.path} with HTTP ${error.status}: ${why}`,
    error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs },
  );
}

interface Meaning {
  readonly code: ErrorCode;
  readonly why: string;
}

function meaning(failure: VaultFailure): Meaning {
  const known = knownTexts.find(({ status, text }) => status === failure.status && says(failure, text));
  return known ?? byStatus(failure.status);
}

const knownTexts: readonly (Meaning & { readonly status: number; readonly text: string })[] = [
  {
    status: 400,
    text: 'X-Vault-Inconsistent',
    code: 'invalid-config',
    why:
      'the server does not forward inconsistent requests, as Vault’s community edition does not; take ' +
      'forwardInconsistent out of the store',
  },
  {
    status: 400,
    text: 'Upgrading from non-versioned to versioned data',
    code: 'unavailable',
    why: 'the secrets engine is being upgraded to version v2 and will be back soon',
  },
  {
    status: 400,
    text: 'check-and-set parameter required',
    code: 'invalid-config',
    why: 'the engine or the secret takes check-and-set writes only; set checkAndSet.required in the store',
  },
  {
    status: 400,
    text: 'check-and-set parameter did not match',
    code: 'conflict',
    why: 'somebody else has written the secret meanwhile; it is tried again',
  },
  {
    status: 403,
    text: 'invalid token',
    code: 'unauthenticated',
    why: 'it does not know the token (any more): it was revoked, has expired, or is of another server',
  },
  {
    status: 403,
    text: 'bad token',
    code: 'unauthenticated',
    why: 'it does not know the token (any more): it was revoked, has expired, or is of another server',
  },
  {
    status: 404,
    text: 'no handler for route',
    code: 'invalid-config',
    why: 'there is no secrets engine at this path; check path in the store, or enable the engine',
  },
  {
    status: 503,
    text: 'Vault is sealed',
    code: 'unavailable',
    why: 'it is sealed; an operator of Vault must unseal it',
  },
];

function byStatus(status: number): Meaning {
  if (status >= 300 && status < 400) return redirected;
  if (status >= 500) return { code: 'unavailable', why: 'it has a fault; its log says more' };
  return statuses[status] ?? { code: 'unavailable', why: 'this is no answer that Esox knows' };
}

const redirected: Meaning = {
  code: 'invalid-config',
  why: 'a redirect is not followed, as it would take the token elsewhere; name the active node in server',
};

const statuses: Readonly<Record<number, Meaning>> = {
  400: { code: 'invalid-ref', why: 'it takes this request for malformed' },
  403: {
    code: 'denied',
    why: 'the policies of this login do not allow it; allow it on this path, or log in with another role',
  },
  405: { code: 'invalid-config', why: 'what is at this path is not a KV secrets engine of the store’s version' },
  412: { code: 'unavailable', why: 'this node lags behind the state that was asked for' },
  429: { code: 'rate-limited', why: 'there were too many requests' },
  501: { code: 'unavailable', why: 'it is not initialised; an operator of Vault must do so' },
};

/** Whether one of Vault's error texts or warnings contains `text`. */
export function says({ body }: VaultFailure, text: string): boolean {
  return [...texts(body, 'errors'), ...texts(body, 'warnings')].some((message) => message.includes(text));
}

export function texts(body: JsonValue, member: 'errors' | 'warnings'): readonly string[] {
  const list = isJsonObject(body) ? body[member] : undefined;
  return Array.isArray(list) ? list.filter((item): item is string => typeof item === 'string') : [];
}

/** Old servers answer an unknown token as they answer a request without one, which a denial never looks like. */
export function isBareDenial(error: unknown): boolean {
  return (
    error instanceof VaultFailure &&
    error.status === 403 &&
    texts(error.body, 'errors').join('') === 'permission denied'
  );
}
