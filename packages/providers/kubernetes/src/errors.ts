import { type Clock, type ErrorCode, type HttpResponse, ProviderError } from '@esox/core';
import { isJsonObject, type JsonObject, type JsonValue, readJson, retryAfterMs } from '@esox/provider-kit';

/** What was asked of the API server, for the error's text. */
export interface Operation {
  /** As RBAC names it. */
  readonly verb: 'get' | 'list' | 'create' | 'update' | 'delete';
  /** Plural, as RBAC and the details of a Status name it. */
  readonly resource: string;
  readonly name?: string | undefined;
  readonly namespace?: string | undefined;
}

/**
 * What an answer other than 2xx means. `not-found` only where the API server itself says of this very object that it
 * does not exist: a 404 also comes from proxies, from wrong paths, and for namespaces. Of its texts nothing is shown,
 * since they quote what was sent.
 */
export function statusError(response: HttpResponse, operation: Operation, clock: Clock): ProviderError {
  const { code, why } = meaning(response, operation);
  const waitMs = retryAfterMs(response, clock);
  return new ProviderError(
    code,
    `the API server answered ${described(operation)} with HTTP ${response.status}: ${why}`,
    waitMs === undefined ? {} : { retryAfterMs: waitMs },
  );
}

export function described({ verb, resource, name, namespace }: Operation): string {
  const which = name === undefined ? resource : `${resource} ${JSON.stringify(name)}`;
  return namespace === undefined ? `${verb} ${which}` : `${verb} ${which} in namespace ${JSON.stringify(namespace)}`;
}

interface Meaning {
  readonly code: ErrorCode;
  readonly why: string;
}

function meaning(response: HttpResponse, operation: Operation): Meaning {
  const { status } = response;
  if (status === 404) return missing(statusOf(response), operation);
  if (status === 403) return forbidden(operation);
  if (status === 422) return refused(statusOf(response));
  if (status >= 300 && status < 400) return redirected;
  if (status >= 500) return { code: 'unavailable', why: 'it has a fault, or what it needs has; its log says more' };
  return statuses[status] ?? { code: 'unavailable', why: 'this is no answer that Esox knows' };
}

const redirected: Meaning = {
  code: 'invalid-config',
  why: 'a redirect is not followed, as it would take the credentials elsewhere; name its target as server',
};

const statuses: Readonly<Record<number, Meaning>> = {
  400: { code: 'invalid-ref', why: 'it takes this request for malformed' },
  401: {
    code: 'unauthenticated',
    why: 'it does not accept the credentials: they are missing, expired, revoked, or made for another cluster or audience',
  },
  405: { code: 'invalid-config', why: 'this is not the API of Kubernetes; check the server of the store' },
  409: { code: 'conflict', why: 'somebody else changed it at the same time' },
  410: { code: 'unavailable', why: 'the listing took so long that its rest was forgotten' },
  413: { code: 'invalid-ref', why: 'it is too large; all values of a Secret together may have 1 MiB' },
  429: { code: 'rate-limited', why: 'there were too many requests' },
};

function forbidden({ verb, resource }: Operation): Meaning {
  return {
    code: 'denied',
    why: `the login of this store may not ${verb} ${resource} there; grant it with a Role and a RoleBinding in that namespace`,
  };
}

function missing(status: JsonObject, operation: Operation): Meaning {
  const details = isJsonObject(status['details']) ? status['details'] : undefined;
  if (status['reason'] === 'NotFound' && details?.['kind'] === 'namespaces') return noSuchNamespace;
  const isIt = details?.['kind'] === operation.resource && details['name'] === operation.name;
  if (status['reason'] === 'NotFound' && isIt && operation.name !== undefined) {
    return { code: 'not-found', why: 'it does not exist' };
  }
  return {
    code: 'invalid-config',
    why: 'there is no API of Kubernetes at this address; check the host and the path of the store’s server',
  };
}

const noSuchNamespace: Meaning = {
  code: 'invalid-config',
  why: 'this namespace does not exist there; check remoteNamespace, or create it',
};

/** Fields of a Secret as the API server names them; what stands behind them in its answer may quote values. */
const fields = ['type', 'data', 'metadata.labels', 'metadata.annotations', 'metadata.name'];

function refused(status: JsonObject): Meaning {
  const details = isJsonObject(status['details']) ? status['details'] : {};
  const causes: readonly JsonValue[] = Array.isArray(details['causes']) ? details['causes'] : [];
  const named = causes.flatMap((cause) =>
    isJsonObject(cause) && typeof cause['field'] === 'string' ? cause['field'] : [],
  );
  const known = fields.filter((field) => named.some((name) => name === field || name.startsWith(`${field}[`)));
  const what = known.length > 0 ? `it refuses the Secret because of ${known.join(', ')}` : 'it refuses the Secret';
  const hints = known.flatMap((field) => hintOf[field] ?? []);
  return { code: 'invalid-ref', why: [what, ...hints].join('; ') };
}

const hintOf: Readonly<Record<string, string>> = {
  type: 'the type of an existing Secret cannot be changed: delete it there first, or give the source the same type',
  data: 'the type of the Secret asks for certain keys, or it is immutable',
};

function statusOf({ body }: HttpResponse): JsonObject {
  try {
    const status = readJson(body, 'the answer');
    return isJsonObject(status) && status['kind'] === 'Status' ? status : {};
  } catch {
    return {};
  }
}
