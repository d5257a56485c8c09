import { ClusterError, type ClusterErrorCode } from '../errors.ts';
import { type ApiRequest, describeRequest, methodOf } from './api-request.ts';
import { isRecord, parseJson } from './json.ts';

/** What the API server says about a failure (`kind: Status`). */
export interface Status {
  readonly code: number;
  readonly reason: string | undefined;
  readonly message: string | undefined;
  /** Names of fields, from its causes. */
  readonly fields: readonly string[];
  readonly causes: readonly string[];
  /** The object that it is about. */
  readonly name: string | undefined;
  readonly retryAfterMs: number | undefined;
}

/** Undefined when it is something else, such as the page of a gateway. */
export function readStatus(value: unknown): Status | undefined {
  if (!isRecord(value) || value['kind'] !== 'Status') return undefined;
  const details = isRecord(value['details']) ? value['details'] : {};
  const causes = Array.isArray(details['causes']) ? details['causes'].filter(isRecord) : [];
  const seconds = details['retryAfterSeconds'];
  return {
    code: typeof value['code'] === 'number' ? value['code'] : 0,
    reason: text(value['reason']),
    message: text(value['message']),
    fields: causes.flatMap((cause) => text(cause['field']) ?? []),
    causes: causes.flatMap((cause) => text(cause['reason']) ?? []),
    name: text(details['name']),
    retryAfterMs: typeof seconds === 'number' && seconds > 0 ? seconds * 1_000 : undefined,
  };
}

/** The error for an answer that is not 2xx. `retryAfter` is the header's value. */
export function answerError(request: ApiRequest, code: number, body: string, retryAfter?: string): ClusterError {
  const status = readStatus(parseJson(body));
  return statusError(request, status ?? { ...unknownStatus, code }, code, retryAfterMs(retryAfter));
}

const unknownStatus: Status = {
  code: 0,
  reason: undefined,
  message: undefined,
  fields: [],
  causes: [],
  name: undefined,
  retryAfterMs: undefined,
};

/** The error for a Status; `code` is of the answer, or of an `ERROR` event. */
export function statusError(request: ApiRequest, status: Status, code: number, headerRetryMs?: number): ClusterError {
  const errorCode = codeOf(status, code);
  const said = [String(code), status.reason, quotable(request, status)].filter((word) => word !== undefined);
  const message = `${describeRequest(request)}: the API server answered ${said.join(' ')}.${advice(errorCode, request)}`;
  return new ClusterError(errorCode, message, { status: code, retryAfterMs: headerRetryMs ?? status.retryAfterMs });
}

/** The API server's own words quote what was sent. They are passed on only where that cannot be a secret. */
function quotable(request: ApiRequest, status: Status): string | undefined {
  if (maySendSecrets(request)) return status.fields.length === 0 ? undefined : `(fields: ${status.fields.join(', ')})`;
  return status.message === undefined ? undefined : `(${status.message})`;
}

/** Secrets, and whatever foreign kind a value may be written into. */
function maySendSecrets({ type, subresource, ...request }: ApiRequest): boolean {
  if (type.group === '' && type.kind === 'Secret') return true;
  const isOurs = type.group === 'esox.io' || type.group.endsWith('external-secrets.io');
  return methodOf({ type, ...request }) !== 'GET' && !isOurs && subresource === undefined;
}

const REASONS: Readonly<Record<string, ClusterErrorCode>> = {
  AlreadyExists: 'already-exists',
  Conflict: 'conflict',
  Expired: 'expired',
  Gone: 'expired',
};

const CODES: Readonly<Record<number, ClusterErrorCode>> = {
  400: 'invalid',
  401: 'unauthenticated',
  403: 'forbidden',
  409: 'conflict',
  410: 'expired',
  413: 'invalid',
  422: 'invalid',
  429: 'rate-limited',
};

function codeOf(status: Status, code: number): ClusterErrorCode {
  const known = status.reason === undefined ? undefined : REASONS[status.reason];
  if (known !== undefined) return known;
  // A list that is newer than all the API server has: after a restored backup, or from another server.
  if (status.causes.includes('ResourceVersionTooLarge')) return 'expired';
  if (code === 404) return isAbsence(status) ? 'not-found' : 'unexpected';
  return CODES[code] ?? (code >= 500 ? 'unavailable' : 'unexpected');
}

/** A 404 also comes for a kind that is not served, and from gateways: only a Status that names an object says it is absent. */
function isAbsence(status: Status): boolean {
  return status.reason === 'NotFound' && status.name !== undefined;
}

function advice(code: ClusterErrorCode, request: ApiRequest): string {
  const { type } = request;
  if (code === 'unexpected')
    return ` Check that ${type.kind} of ${type.group || 'the core group'} is served in ${type.version}.`;
  if (code === 'forbidden') return ' Check the rights of this service account, and admission policies.';
  if (code === 'unauthenticated') return ' Check the credentials for the API server.';
  return '';
}

/** Seconds, or a date: the API server sends seconds. */
function retryAfterMs(header: string | undefined): number | undefined {
  const seconds = Number(header);
  return header !== undefined && Number.isFinite(seconds) && seconds > 0 ? seconds * 1_000 : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
