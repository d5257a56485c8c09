import { type Call, type Clock, type HttpClient, type HttpRequest, ProviderError } from '@esox/core';
import { canonicalJson, isJsonObject, type JsonObject, readJson, type TokenSource } from '@esox/provider-kit';
import { described, type Operation, statusError } from './errors.ts';
import type { Token } from './login.ts';

export interface ApiRequest extends Operation {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Behind the server's URL, encoded; with the query, where there is one. */
  readonly path: string;
  readonly body?: JsonObject;
}

/** The API server of one store. */
export interface KubernetesApi {
  /** The object that it answers with. Rejects with ProviderError for other than 2xx (`statusError`). */
  send(request: ApiRequest, call: Call): Promise<JsonObject>;
  /** Logs in where there is no login yet. */
  logIn(call: Call): Promise<void>;
}

export interface ApiOptions {
  readonly url: string;
  readonly http: HttpClient;
  readonly tokens: TokenSource<Token>;
  readonly clock: Clock;
}

export function kubernetesApi({ url, http, tokens, clock }: ApiOptions): KubernetesApi {
  async function exchange(request: ApiRequest, token: Token, call: Call): Promise<JsonObject> {
    const response = await http.request(httpRequest(url, request, token), call);
    if (response.status < 200 || response.status >= 300) throw statusError(response, request, clock);
    const answer = readJson(response.body, `the answer of the API server to ${described(request)}`);
    if (isJsonObject(answer)) return answer;
    throw new ProviderError('unavailable', `the API server answered ${described(request)} with no object`);
  }

  return {
    send: (request, call) => tokens.use((token) => exchange(request, token, call), call),
    logIn: (call) => tokens.use(async () => undefined, call),
  };
}

function httpRequest(url: string, { method, path, body }: ApiRequest, token: Token): HttpRequest {
  return {
    method,
    url: `${url}${path}`,
    headers: {
      accept: 'application/json',
      ...(body && { 'content-type': 'application/json' }),
      ...(token && { authorization: `Bearer ${token.openText()}` }),
    },
    ...(body && { body: canonicalJson(body, { escapeHtml: false }) }),
  };
}
