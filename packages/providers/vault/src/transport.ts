import { type Call, type Clock, type HttpClient, type HttpResponse } from '@esox/core';
import { canonicalJson, type JsonValue, readJson, retryAfterMs } from '@esox/provider-kit';
import { laterState } from './replication-state.ts';

/** An answer of Vault other than 2xx. It never leaves this package: `errors.ts` says what it means. */
export class VaultFailure extends Error {
  readonly status: number;
  readonly body: JsonValue;
  readonly retryAfterMs: number | undefined;

  constructor(status: number, body: JsonValue, retryAfter: number | undefined) {
    super(`Vault answered with HTTP ${status}`);
    this.status = status;
    this.body = body;
    this.retryAfterMs = retryAfter;
  }
}

export interface TransportOptions {
  readonly http: HttpClient;
  readonly clock: Clock;
  /** Sent with every request, unless node-vault sets a header of the same name. */
  readonly headers: HeaderMap;
  /** Replays the state of the last answer (`X-Vault-Index`), so that no node answers from before it. */
  readonly readYourWrites: boolean;
  /** Asks a node that lags behind to forward to the active one. */
  readonly forwardInconsistent: boolean;
}

/** What node-vault hands to its transport; `call` came through its `requestOptions`. */
interface TransportRequest {
  readonly method: string;
  readonly uri: string;
  readonly headers?: HeaderMap;
  readonly json?: JsonValue;
  readonly call: Call;
}

interface TransportResponse {
  readonly statusCode: number;
  readonly body: JsonValue;
  readonly request: { readonly path: string };
}

/** What node-vault expects as `request-promise`. */
export interface NodeVaultTransport {
  defaults(): (request: TransportRequest) => Promise<TransportResponse>;
}

/** The transport under node-vault: our own connections, and answers without loss. Rejects with VaultFailure. */
export function vaultTransport(options: TransportOptions): NodeVaultTransport {
  let index: string | undefined;

  async function send(request: TransportRequest): Promise<TransportResponse> {
    const body = request.json === undefined ? undefined : canonicalJson(request.json, { escapeHtml: false });
    const response = await options.http.request(
      {
        method: verb(request.method),
        url: request.uri,
        headers: merged(
          options.headers,
          stateHeaders(options, index),
          { 'X-Vault-Request': 'true' },
          body === undefined ? {} : { 'Content-Type': 'application/json' },
          request.headers ?? {},
        ),
        ...(body !== undefined && { body }),
      },
      request.call,
    );
    index = laterState(index, response.headers['x-vault-index']);
    return toAnswer(response, options.clock);
  }

  return { defaults: () => send };
}

type HeaderMap = Readonly<Record<string, string>>;

/** Later ones win, in whatever case their names are written. */
function merged(...all: readonly HeaderMap[]): HeaderMap {
  const entries = all.flatMap((headers) => Object.entries(headers));
  return Object.fromEntries(entries.map(([name, value]) => [name.toLowerCase(), value]));
}

/** Vault's own clients write with PUT, and a proxy may be set up for them. */
function verb(method: string): string {
  return method === 'POST' ? 'PUT' : method;
}

function stateHeaders(options: TransportOptions, index: string | undefined): HeaderMap {
  const { readYourWrites, forwardInconsistent } = options;
  if (!readYourWrites && !forwardInconsistent) return {};
  return {
    ...(index !== undefined && { 'X-Vault-Index': index }),
    ...(readYourWrites && forwardInconsistent && { 'X-Vault-Inconsistent': 'forward-active-node' }),
  };
}

function toAnswer(response: HttpResponse, clock: Clock): TransportResponse {
  const ok = response.status >= 200 && response.status < 300;
  const body = bodyOf(response, ok);
  if (!ok) throw new VaultFailure(response.status, body, retryAfterMs(response, clock));
  // node-vault knows two statuses of success.
  return { statusCode: 200, body, request: { path: '' } };
}

/** A proxy in front of Vault answers errors in its own words: they are no answer of Vault's. */
function bodyOf(response: HttpResponse, ok: boolean): JsonValue {
  if (response.body.byteLength === 0) return null;
  try {
    return readJson(response.body, 'the answer of Vault');
  } catch (error) {
    if (ok) throw error;
    return null;
  }
}
