/** As much of Vault's answer as tests look at without knowing the path. */
export interface VaultBody {
  data?: Record<string, unknown> | null;
  auth?: {
    client_token: string;
    accessor: string;
    policies: string[];
    lease_duration: number;
    renewable: boolean;
  } | null;
  lease_id?: string;
  lease_duration?: number;
  warnings?: string[] | null;
  errors?: string[];
}

export interface VaultAnswer {
  status: number;
  body: VaultBody;
}

export interface VaultRequestOptions {
  /** Instead of the root token; an empty one sends none. */
  token?: string;
  headers?: Record<string, string>;
}

/** How to reach a Vault; plain data, so that it can be handed to another process. */
export interface VaultConnection {
  url: string;
  /** The same server with TLS. It asks for a client certificate, and takes none as well. */
  tlsUrl: string;
  /** The authority of `tlsUrl`. */
  caPem: string;
  rootToken: string;
}

/** The least of a client that a test needs. Paths are given without `/v1/`. */
export interface VaultAccess extends VaultConnection {
  /** Any method (`LIST` too) on any path; answers whatever the status is. */
  request(method: string, path: string, body?: object, options?: VaultRequestOptions): Promise<VaultAnswer>;
  /** POST with the root token; throws unless the status is 2xx. For KV v2 the path has `/data/` in it. */
  write(path: string, body?: object): Promise<VaultBody>;
  /** GET with the root token; throws unless the status is 2xx. */
  read(path: string): Promise<VaultBody>;
}

export function vaultAccess(connection: VaultConnection): VaultAccess {
  const request: VaultAccess['request'] = async (method, path, body, options = {}) => {
    const token = options.token ?? connection.rootToken;
    const response = await fetch(`${connection.url}/v1/${path}`, {
      method,
      headers: { ...(token === '' ? {} : { 'x-vault-token': token }), ...options.headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? {} : (JSON.parse(text) as VaultBody) };
  };
  const succeed = async (method: string, path: string, body?: object): Promise<VaultBody> => {
    const answer = await request(method, path, body);
    if (answer.status >= 200 && answer.status < 300) return answer.body;
    throw new Error(`Vault answered ${answer.status} to ${method} ${path}: ${JSON.stringify(answer.body.errors)}`);
  };
  return {
    ...connection,
    request,
    write: (path, body = {}) => succeed('POST', path, body),
    read: (path) => succeed('GET', path),
  };
}
