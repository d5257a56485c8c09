import { request as httpRequest, type Agent, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';

/** The server behind a proxy. */
export interface Upstream {
  target: URL;
  agent: Agent;
}

/** Headers that are about one connection, and not about the message. */
const connectionHeaders = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
  'proxy-connection',
  'te',
]);

/** Sends the client's request on; resolves when the server's headers are here. */
export function ask({ target, agent }: Upstream, incoming: IncomingMessage): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const send = target.protocol === 'https:' ? httpsRequest : httpRequest;
  const headers = { ...messageHeaders(incoming), host: target.host, 'accept-encoding': 'identity' };
  const outgoing = send(new URL(incoming.url ?? '/', target), { method: incoming.method, headers, agent }, resolve);
  outgoing.on('error', reject);
  incoming.on('error', () => outgoing.destroy());
  incoming.pipe(outgoing);
  return promise;
}

export function messageHeaders({ headers }: IncomingMessage): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !connectionHeaders.has(name)));
}
