import { once } from 'node:events';
import { Agent as HttpAgent, createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { AddressInfo } from 'node:net';
import { applyFault } from './fault-action.ts';
import {
  FaultRules,
  type FaultRule,
  type InstalledRule,
  type ProxiedRequest,
  type RequestMatch,
} from './fault-rule.ts';
import { ResponseStream } from './response-stream.ts';
import type { Upstream } from './upstream.ts';

export interface FaultProxyOptions {
  /** The server that requests are passed to, such as `https://127.0.0.1:6443`. */
  target: string;
  /** Trusted for an https target. */
  caPem?: string;
}

/**
 * A proxy in front of a real server that breaks things when told to. It speaks plain http to its
 * clients, also for an https target. It asks the server not to compress, so that bytes can be looked at.
 */
export interface FaultProxy extends AsyncDisposable {
  readonly url: string;
  /** All requests so far, in the order in which they came. */
  readonly requests: readonly ProxiedRequest[];
  /** Those whose response is being streamed now, such as watches. */
  open(match?: RequestMatch): readonly ProxiedRequest[];
  /** For requests to come. The first rule that matches and is not used up applies. */
  rule(rule: FaultRule): InstalledRule;
  /**
   * Breaks open responses now; how many. `clean` ends their bodies in order, as a server's timeout does. `waiting` breaks
   * requests without an answer, too, as a server does that hangs and then dies.
   */
  cutOpen(match?: RequestMatch, options?: { clean?: boolean; waiting?: boolean }): number;
  /** Passes no more bytes of open responses, and keeps their connections; how many. */
  stallOpen(match?: RequestMatch): number;
  /** Undoes a stall: what was held is passed on, and the stream goes on; how many. */
  releaseOpen(match?: RequestMatch): number;
  /** Puts bytes into open responses now; how many. */
  injectOpen(match: RequestMatch, bytes: string | Uint8Array): number;
  /** Forgets rules and past requests, and releases what is stalled. Open responses go on. */
  reset(): void;
  stop(): Promise<void>;
}

export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const { agent, upstream } = upstreamOf(options);
  const state: ProxyState = { rules: new FaultRules(), requests: [], streams: new Set(), upstream };
  const server = createServer((incoming, response) => accept(state, incoming, response));
  // A test decides how long a request may take, not the proxy.
  server.requestTimeout = 0;
  server.keepAliveTimeout = 0;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stop = async (): Promise<void> => {
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    agent.destroy();
    await closed;
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: state.requests,
    rule: (rule) => state.rules.add(rule),
    ...openStreamControls(state),
    reset() {
      state.rules.clear();
      state.requests.length = 0;
      for (const stream of state.streams) stream.release();
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

interface ProxyState {
  rules: FaultRules;
  requests: ProxiedRequest[];
  /** Those that wait or stream. */
  streams: Set<ResponseStream>;
  upstream: Upstream;
}

function upstreamOf({ target, caPem }: FaultProxyOptions): { agent: HttpAgent; upstream: Upstream } {
  const url = new URL(target);
  const agent =
    url.protocol === 'https:' ? new HttpsAgent({ ca: caPem, keepAlive: true }) : new HttpAgent({ keepAlive: true });
  return { agent, upstream: { target: url, agent } };
}

function accept(state: ProxyState, incoming: IncomingMessage, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(incoming.url ?? '/', state.upstream.target);
  const request: ProxiedRequest = {
    method: incoming.method ?? 'GET',
    path: pathname,
    query: searchParams,
    headers: incoming.headers,
    at: new Date(),
    bytes: 0,
    state: 'waiting',
  };
  state.requests.push(request);
  const stream = new ResponseStream(request, response);
  state.streams.add(stream);
  response.on('close', () => state.streams.delete(stream));
  void applyFault(state.rules.take(request), { incoming, stream, upstream: state.upstream });
}

type OpenStreamControls = Pick<FaultProxy, 'open' | 'cutOpen' | 'stallOpen' | 'releaseOpen' | 'injectOpen'>;

function openStreamControls({ streams }: ProxyState): OpenStreamControls {
  const select = (match: RequestMatch = () => true, waiting = false): ResponseStream[] =>
    [...streams].filter(
      ({ request, isOpen }) => isOpen && (waiting || request.state === 'streaming') && match(request),
    );
  const forEach = (match: RequestMatch | undefined, act: (stream: ResponseStream) => void, waiting = false): number => {
    const selected = select(match, waiting);
    for (const stream of selected) act(stream);
    return selected.length;
  };
  return {
    open: (match) => select(match).map(({ request }) => request),
    cutOpen: (match, { clean = false, waiting = false } = {}) =>
      forEach(match, (stream) => (clean ? stream.end() : stream.break()), waiting),
    stallOpen: (match) => forEach(match, (stream) => stream.hold()),
    releaseOpen: (match) => forEach(match, (stream) => stream.release()),
    injectOpen: (match, bytes) => forEach(match, (stream) => stream.write(Buffer.from(bytes))),
  };
}
