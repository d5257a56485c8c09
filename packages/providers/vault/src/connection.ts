import { validateHeaderName, validateHeaderValue } from 'node:http';
import { type Call, type Host, type HttpClient, ProviderError } from '@esox/core';
import { retrying, tlsOptions } from '@esox/provider-kit';
import { loadVaultApi } from './api.ts';
import type { VaultConfig } from './config.ts';
import type { OpenApi } from './login.ts';
import type { ClientCertificate } from './login-methods.ts';
import { vaultTransport } from './transport.ts';

/** The connections to one server. Disposing it closes them. */
export interface Connection extends AsyncDisposable {
  readonly open: OpenApi;
}

/** The time for one request in Vault's own clients. */
const timeoutMs = 60_000;

/** `clientCertificate` is that of the login, which is shown in all connections, in place of the one in `tls`. */
export async function connection(
  config: VaultConfig,
  clientCertificate: ClientCertificate | undefined,
  host: Host,
  call: Call,
): Promise<Connection> {
  const endpoint = serverUrl(config.server);
  const headers = checkedHeaders(config.headers ?? {});
  const tlsFields = { cert: 'auth.cert.clientCert', key: 'auth.cert.secretRef' };
  const identity = clientCertificate && { tls: clientCertificate, tlsFields };
  const tls = await tlsOptions({ ...config, ...identity }, host, call);
  const newApi = await loadVaultApi();
  const http = withRetries(host.http({ ...tls, timeoutMs }), host);
  const transport = vaultTransport({
    http,
    clock: host.clock,
    headers,
    readYourWrites: config.readYourWrites ?? false,
    forwardInconsistent: config.forwardInconsistent ?? false,
  });
  return {
    open: (namespace, token) => newApi({ endpoint, namespace, token, transport }),
    [Symbol.asyncDispose]: () => http[Symbol.asyncDispose](),
  };
}

/** As Vault's own clients do: connection errors, 412 (the node lags behind) and faults of the server. */
function withRetries(http: HttpClient, { clock, store }: Host): HttpClient {
  const { retry } = store;
  return retrying(http, {
    clock,
    maxRetries: retry ? (retry.maxRetries ?? 0) : 2,
    minMs: retry?.intervalMs ?? 1000,
    maxMs: retry?.intervalMs ?? 1500,
    retryOn: (status) => status === 412 || (status >= 500 && status !== 501),
  });
}

/** The URL of the server without a slash at its end. The URL itself is not quoted: it may hold a password. */
function serverUrl(server: string): string {
  const url = URL.parse(server);
  if (!url || !['http:', 'https:'].includes(url.protocol) || url.search || url.hash) {
    throw new ProviderError(
      'invalid-config',
      'server is not an http or https URL such as https://vault.example.com:8200',
    );
  }
  if (url.username || url.password) {
    throw new ProviderError('invalid-config', 'server holds a user name or password; log in with auth instead');
  }
  return url.href.replace(/\/+$/, '');
}

function checkedHeaders(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  for (const [name, value] of Object.entries(headers)) {
    try {
      validateHeaderName(name);
      validateHeaderValue(name, value);
    } catch {
      throw new ProviderError('invalid-config', `headers: ${JSON.stringify(name)} or its value is not allowed in HTTP`);
    }
  }
  return headers;
}
