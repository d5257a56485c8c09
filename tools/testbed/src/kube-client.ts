import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { text } from 'node:stream/consumers';

/** As much of a Kubernetes object as tests look at without knowing its kind. */
export interface KubeObject {
  apiVersion?: string;
  kind?: string;
  metadata?: {
    name?: string;
    namespace?: string;
    uid?: string;
    resourceVersion?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    [field: string]: unknown;
  };
  [field: string]: unknown;
}

export interface KubeRequest {
  method?: string;
  /** With the query, such as `/api/v1/namespaces?limit=1`. */
  path: string;
  /** An object is sent as JSON. */
  body?: object | string;
  /** `application/apply-patch+yaml` for a server-side apply. */
  contentType?: string;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

export interface KubeAnswer<T> {
  status: number;
  body: T;
}

/** The least of a client that a test needs; it shares no code with the client under test. */
export interface KubeClient {
  /** Answers whatever the status is. */
  request<T = KubeObject>(request: KubeRequest): Promise<KubeAnswer<T>>;
  /** The body; throws unless the status is 2xx. */
  call<T = KubeObject>(request: KubeRequest): Promise<T>;
  /** The raw response, once its headers are here: for watches. Destroy it to end it. */
  stream(request: KubeRequest): Promise<IncomingMessage>;
}

export interface KubeClientOptions {
  url: string;
  token: string;
  caPem?: string;
}

export function kubeClient(options: KubeClientOptions): KubeClient {
  const secure = options.url.startsWith('https:');
  // Sockets are not kept, so that a client never holds the API server's shutdown or the test's exit.
  const agent = secure ? new HttpsAgent({ ca: options.caPem, keepAlive: false }) : new HttpAgent({ keepAlive: false });
  const send = secure ? httpsRequest : httpRequest;

  const stream = (request: KubeRequest): Promise<IncomingMessage> => {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const url = new URL(request.path, options.url);
    const headers = requestHeaders(request, options.token);
    const outgoing = send(url, { method: request.method ?? 'GET', agent, headers, signal: request.signal }, resolve);
    outgoing.on('error', reject);
    outgoing.end(typeof request.body === 'object' ? JSON.stringify(request.body) : request.body);
    return promise;
  };
  const request = async <T>(input: KubeRequest): Promise<KubeAnswer<T>> => {
    const response = await stream(input);
    const body = await text(response);
    const isJson = response.headers['content-type']?.includes('json') === true;
    return { status: response.statusCode ?? 0, body: (isJson ? JSON.parse(body) : body) as T };
  };
  const call = async <T>(input: KubeRequest): Promise<T> => {
    const { status, body } = await request<T>(input);
    if (status >= 200 && status < 300) return body;
    throw new Error(`${input.method ?? 'GET'} ${input.path} answered ${status}: ${JSON.stringify(body)}`);
  };
  return { request, call, stream };
}

function requestHeaders(request: KubeRequest, token: string): Record<string, string> {
  const contentType = request.body === undefined ? {} : { 'content-type': request.contentType ?? 'application/json' };
  return { authorization: `Bearer ${token}`, accept: 'application/json', ...contentType, ...request.headers };
}
