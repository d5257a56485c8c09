import { ProviderError } from '../provider/errors.ts';

/** Why no answer came. The class stands in every message, so that people and tests can tell them apart. */
type CauseClass =
  | 'dns'
  | 'refused'
  | 'unreachable'
  | 'reset'
  | 'tls-verify'
  | 'tls'
  | 'timeout'
  | 'proxy'
  | 'not-http'
  | 'encoding'
  | 'closed'
  | 'unknown';

const sentences: Readonly<Record<CauseClass, string>> = {
  dns: 'its name cannot be resolved; check the host name and the DNS of the cluster',
  refused: 'it refuses connections; check that the server runs and listens on this port',
  unreachable: 'no route leads to it; check the address and the network policies',
  reset: 'the connection was closed before the answer was complete',
  'tls-verify': 'its certificate is not trusted for this name; check the CA in the store and the server name',
  tls: 'the TLS handshake failed; check protocol version, port and client certificate',
  timeout: 'no complete answer came in time',
  proxy: 'the proxy did not open a connection; check the proxy URL and what it allows',
  'not-http': 'the answer is not HTTP/1.1, or its headers are too large; check the port',
  encoding: 'the body is not what its content-encoding says',
  closed: 'the client was closed while the request ran',
  unknown: 'the connection failed',
};

const classes: Readonly<Record<string, CauseClass>> = {
  ENOTFOUND: 'dns',
  EAI_AGAIN: 'dns',
  ENODATA: 'dns',
  ECONNREFUSED: 'refused',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  EADDRNOTAVAIL: 'unreachable',
  ECONNRESET: 'reset',
  EPIPE: 'reset',
  UND_ERR_SOCKET: 'reset',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'reset',
  ETIMEDOUT: 'timeout',
  UND_ERR_CONNECT_TIMEOUT: 'timeout',
  UND_ERR_HEADERS_TIMEOUT: 'timeout',
  UND_ERR_BODY_TIMEOUT: 'timeout',
  UND_ERR_PRX_CONN: 'proxy',
  UND_ERR_PRX_TLS: 'proxy',
  UND_ERR_ABORTED: 'proxy',
  UND_ERR_HEADERS_OVERFLOW: 'not-http',
  UND_ERR_DESTROYED: 'closed',
  UND_ERR_CLOSED: 'closed',
  CERT_HAS_EXPIRED: 'tls-verify',
  CERT_NOT_YET_VALID: 'tls-verify',
  CERT_REVOKED: 'tls-verify',
  CERT_UNTRUSTED: 'tls-verify',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'tls-verify',
  SELF_SIGNED_CERT_IN_CHAIN: 'tls-verify',
  UNABLE_TO_GET_ISSUER_CERT: 'tls-verify',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'tls-verify',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'tls-verify',
  INVALID_CA: 'tls-verify',
  INVALID_PURPOSE: 'tls-verify',
  HOSTNAME_MISMATCH: 'tls-verify',
  ERR_TLS_CERT_ALTNAME_INVALID: 'tls-verify',
  EPROTO: 'tls',
  HTTPParserError: 'not-http',
};

const prefixes: readonly (readonly [string, CauseClass])[] = [
  ['HPE_', 'not-http'],
  ['Z_', 'encoding'],
  ['ERR_SSL_', 'tls'],
  ['ERR_TLS_', 'tls'],
];

/** `unavailable`, with a fixed text. */
export function unavailable(host: string, cause: CauseClass, error?: unknown): ProviderError {
  return new ProviderError('unavailable', `request to ${host} failed (${cause}): ${sentences[cause]}`, {
    cause: error,
  });
}

/** What the transport threw, as a ProviderError. Only its code is looked at: its text may quote URL or headers. */
export function transportError(host: string, error: unknown): ProviderError {
  if (ProviderError.is(error)) return error;
  const code = codeOf(error);
  if (code === 'UND_ERR_INVALID_ARG') {
    const message = `request to ${host} cannot be sent: its method, headers or body are not valid HTTP; look for a line break in a token or header`;
    return new ProviderError('invalid-config', message, { cause: error });
  }
  const cause = classes[code] ?? prefixes.find(([prefix]) => code.startsWith(prefix))?.[1] ?? 'unknown';
  return unavailable(host, cause, error);
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  // undici's parser error has no code for some answers.
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
