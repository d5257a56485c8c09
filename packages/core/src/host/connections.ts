import { X509Certificate } from 'node:crypto';
import type { SecureContext } from 'node:tls';
import type { Dispatcher } from 'undici';
import { ProviderError } from '../provider/errors.ts';
import type { HttpOptions } from '../provider/host.ts';

const CONNECT_TIMEOUT_MS = 5_000;
const IDLE_BODY_TIMEOUT_MS = 10_000;

/** One pool of connections. */
export interface Connections {
  request(request: Dispatcher.RequestOptions): Promise<Dispatcher.ResponseData>;
  /** Ends what is under way. */
  destroy(): Promise<void>;
}

/** Connections through `proxy`, or direct. Rejects with `invalid-config` for unusable certificates or proxies. */
export async function openConnections(options: HttpOptions, proxy: string | undefined): Promise<Connections> {
  // Loaded by the first request, so that an operator without HTTP providers never pays for it.
  const { default: request } = await import('undici/lib/api/api-request.js');
  const dispatcher = await createDispatcher(options, proxy);
  return {
    request: (requestOptions) => request.call(dispatcher, requestOptions),
    destroy: () => dispatcher.destroy(),
  };
}

async function createDispatcher(options: HttpOptions, proxy: string | undefined): Promise<Dispatcher> {
  const tls = { secureContext: await secureContext(options), ...servername(options) };
  const limits = {
    connectTimeout: CONNECT_TIMEOUT_MS,
    // The deadline of the whole request stands for the wait for headers: a slow backend may think as long.
    headersTimeout: 0,
    bodyTimeout: IDLE_BODY_TIMEOUT_MS,
    allowH2: false,
  };
  if (proxy === undefined) {
    const { default: Agent } = await import('undici/lib/dispatcher/agent.js');
    return new Agent({ ...limits, connect: { ...tls, timeout: CONNECT_TIMEOUT_MS } });
  }
  if (!/^https?:\/\/[^/]/.test(proxy) || !URL.canParse(proxy)) {
    throw new ProviderError('invalid-config', 'the proxy URL is not valid; it looks like http://proxy.example:3128');
  }
  // Works only with the whole of undici.
  const { ProxyAgent } = await import('undici');
  return new ProxyAgent({ ...limits, uri: proxy, requestTls: tls, proxyTls: { minVersion: 'TLSv1.2' } });
}

function servername(options: HttpOptions): { servername?: string } {
  return options.serverName === undefined ? {} : { servername: options.serverName };
}

async function secureContext(options: HttpOptions): Promise<SecureContext> {
  const { createSecureContext } = await import('node:tls');
  assertCertificates(options.ca);
  try {
    return createSecureContext({
      minVersion: 'TLSv1.2',
      ...(options.ca && { ca: Buffer.from(options.ca) }),
      ...(options.cert && { cert: Buffer.from(options.cert.open()) }),
      ...(options.key && { key: Buffer.from(options.key.open()) }),
    });
  } catch (error) {
    const message = 'the client certificate or its private key is not valid PEM, or they do not belong together';
    throw new ProviderError('invalid-config', message, { cause: error });
  }
}

/** Node ignores what it cannot read in `ca`; the handshake would then fail with a misleading cause. */
function assertCertificates(ca: Uint8Array | undefined): void {
  if (ca === undefined) return;
  try {
    new X509Certificate(ca);
  } catch (error) {
    throw new ProviderError('invalid-config', 'the CA does not begin with a valid PEM certificate', { cause: error });
  }
}
