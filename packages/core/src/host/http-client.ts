import type { Dispatcher } from 'undici';
import { ProviderError } from '../provider/errors.ts';
import type { Call, HttpClient, HttpOptions, HttpRequest, HttpResponse } from '../provider/host.ts';
import { type Connections, openConnections } from './connections.ts';
import { proxyFor, type ProxySettings } from './proxy-settings.ts';
import { readBody } from './response-body.ts';
import { transportError, unavailable } from './transport-error.ts';

const DEFAULT_TIMEOUT_MS = 30_000;
const DEFAULT_MAX_BODY_BYTES = 16 * 1024 * 1024;

export interface HttpClientOptions extends HttpOptions {
  /** Used where `proxy` is not given. */
  readonly environmentProxy?: ProxySettings | undefined;
}

/**
 * One pool of connections. A redirect is answered as the response it is (status 3xx), for the caller to judge; nothing
 * is retried. A body in gzip is decoded; the headers `content-encoding` and `content-length` are then left out. Opens
 * nothing before the first request; after disposal, which ends running requests, no socket is left.
 *
 * Rejects with a ProviderError that names the host and never a path, query, header or foreign text: `unavailable`
 * (transport, time-out, too large, aborted), `invalid-config` (URL, proxy, certificates, headers).
 */
export function createHttpClient(options: HttpClientOptions = {}): HttpClient {
  return new PooledHttpClient(options);
}

class PooledHttpClient implements HttpClient {
  readonly #options: HttpClientOptions;
  /** By proxy URL; the empty key is the direct one. */
  readonly #connections = new Map<string, Promise<Connections>>();
  #disposed = false;

  constructor(options: HttpClientOptions) {
    this.#options = options;
  }

  async request(request: HttpRequest, call: Call): Promise<HttpResponse> {
    const url = parseUrl(request.url);
    const timeoutMs = this.#options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    if (this.#disposed) throw unavailable(url.host, 'closed');
    const ending = new AbortController();
    const stop = Promise.withResolvers<never>();
    const end = (error: ProviderError): void => {
      stop.reject(error);
      ending.abort(error);
    };
    const onAbort = (): void => end(abortError(url.host, call.signal));
    if (call.signal.aborted) throw abortError(url.host, call.signal);
    call.signal.addEventListener('abort', onAbort, { once: true });
    const timer = setTimeout(() => end(unavailable(url.host, 'timeout')), timeoutMs);
    try {
      // The race keeps the promise to reject at once, whatever the transport is busy with.
      return await Promise.race([this.#exchange(url, request, ending.signal), stop.promise]);
    } catch (error) {
      throw transportError(url.host, error);
    } finally {
      clearTimeout(timer);
      call.signal.removeEventListener('abort', onAbort);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    const opened = await Promise.allSettled(this.#connections.values());
    this.#connections.clear();
    for (const made of opened) if (made.status === 'fulfilled') await made.value.destroy();
  }

  async #exchange(url: URL, request: HttpRequest, signal: AbortSignal): Promise<HttpResponse> {
    const connections = await this.#connectionsFor(url);
    const response = await connections.request({
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      method: request.method as Dispatcher.HttpMethod, // undici checks the token itself and knows LIST and others
      headers: { 'accept-encoding': 'gzip', ...request.headers },
      body: request.body ?? null,
      signal,
    });
    const headers = joinHeaders(response.headers);
    const body = await readBody(response.body, {
      host: url.host,
      encoding: hasBody(request.method, response.statusCode, headers) ? headers['content-encoding'] : undefined,
      maxBytes: this.#options.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES,
      signal,
    });
    if ('content-encoding' in headers) {
      delete headers['content-encoding'];
      delete headers['content-length'];
    }
    return { status: response.statusCode, headers, body };
  }

  #connectionsFor(url: URL): Promise<Connections> {
    const proxy = this.#options.proxy || proxyFor(url, this.#options.environmentProxy ?? {});
    const key = proxy ?? '';
    let connections = this.#connections.get(key);
    if (!connections) {
      connections = openConnections(this.#options, proxy);
      this.#connections.set(key, connections);
    }
    return connections;
  }
}

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'https:' || url?.protocol === 'http:') return url;
  throw new ProviderError('invalid-config', 'the URL of a request is not a valid http or https URL');
}

function abortError(host: string, signal: AbortSignal): ProviderError {
  if (ProviderError.is(signal.reason)) return signal.reason;
  const message = `request to ${host} was aborted`;
  return new ProviderError('unavailable', message, { cause: signal.reason });
}

function hasBody(method: string, status: number, headers: Readonly<Record<string, string>>): boolean {
  return method !== 'HEAD' && status !== 204 && status !== 304 && headers['content-length'] !== '0';
}

function joinHeaders(raw: Record<string, string | string[] | undefined>): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(raw)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return headers;
}
