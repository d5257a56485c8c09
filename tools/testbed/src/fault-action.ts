import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { buffer, text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultAction } from './fault-rule.ts';
import type { ResponseStream } from './response-stream.ts';
import { ask, messageHeaders, type Upstream } from './upstream.ts';

export interface Exchange {
  incoming: IncomingMessage;
  stream: ResponseStream;
  upstream: Upstream;
}

/** Answers one request as the action says; without one it is passed on and back unchanged. */
export async function applyFault(action: FaultAction | undefined, exchange: Exchange): Promise<void> {
  try {
    if (action === undefined) await pass(exchange);
    else await act(action, exchange);
  } catch {
    // The server cannot be reached or died: for the client that is a broken connection.
    exchange.stream.reset();
  }
}

async function act(action: FaultAction, exchange: Exchange): Promise<void> {
  switch (action.kind) {
    case 'answer':
      return answer(action, exchange);
    case 'reset':
      return exchange.stream.reset();
    case 'hang':
      return undefined;
    case 'delay':
      await sleep(action.milliseconds, undefined, { ref: false });
      return exchange.stream.isOpen ? pass(exchange) : undefined;
    case 'lose-answer':
      (await ask(exchange.upstream, exchange.incoming)).destroy();
      return exchange.stream.reset();
    case 'rewrite':
      return rewrite(action.body, exchange);
    case 'drip':
      return drip(action.milliseconds, exchange);
    default:
      return alter(action, exchange);
  }
}

async function pass({ incoming, stream, upstream }: Exchange): Promise<void> {
  const response = await ask(upstream, incoming);
  begin(stream, response);
}

type Alteration = FaultAction & { kind: 'cut' | 'stall' | 'inject' };

async function alter(action: Alteration, { incoming, stream, upstream }: Exchange): Promise<void> {
  const response = await ask(upstream, incoming);
  begin(stream, response, (headers) => {
    if (action.kind === 'inject') delete headers['content-length'];
  });
  if (action.kind === 'inject') stream.write(Buffer.from(action.bytes));
  else stream.limit(action.afterBytes, () => (action.kind === 'cut' ? stream.break() : stream.hold()));
}

/** The body flows from the next turn of the event loop on, so that the caller can still put limits on it. */
function begin(
  stream: ResponseStream,
  response: IncomingMessage,
  change: (headers: OutgoingHttpHeaders) => void = () => undefined,
): void {
  const headers = messageHeaders(response);
  change(headers);
  stream.begin(response.statusCode ?? 502, headers);
  stream.follow(response);
}

async function rewrite(change: (body: string) => string, { incoming, stream, upstream }: Exchange): Promise<void> {
  const response = await ask(upstream, incoming);
  const body = Buffer.from(change(await text(response)));
  stream.begin(response.statusCode ?? 502, { ...messageHeaders(response), 'content-length': body.length });
  stream.write(body);
  stream.end();
}

async function drip(milliseconds: number, { incoming, stream, upstream }: Exchange): Promise<void> {
  const response = await ask(upstream, incoming);
  const body = await buffer(response);
  stream.begin(response.statusCode ?? 502, messageHeaders(response));
  for (const byte of body) {
    await sleep(milliseconds, undefined, { ref: false });
    if (!stream.isOpen) return;
    stream.write(Buffer.of(byte));
  }
  stream.end();
}

function answer({ status, headers, body = '' }: FaultAction & { kind: 'answer' }, { stream }: Exchange): void {
  const isRaw = typeof body === 'string' || body instanceof Uint8Array;
  const bytes = Buffer.from(isRaw ? body : JSON.stringify(body));
  const contentType = isRaw ? {} : { 'content-type': 'application/json' };
  stream.begin(status, { ...contentType, ...headers, 'content-length': bytes.length });
  stream.write(bytes);
  stream.end();
}
