import type NodeVault from 'node-vault';
import { type Call, ProviderError } from '@esox/core';
import { isJsonObject, type JsonObject, type JsonValue } from '@esox/provider-kit';
import { encodePath } from './paths.ts';
import type { NodeVaultTransport } from './transport.ts';

/** Vault's API as one login sees it. Paths are not encoded. Every call rejects with VaultFailure for other than 2xx. */
export interface VaultApi {
  read(path: string, query: Readonly<Record<string, string>>, call: Call): Promise<JsonObject>;
  list(path: string, call: Call): Promise<JsonObject>;
  write(path: string, body: JsonObject, call: Call): Promise<void>;
  delete(path: string, call: Call): Promise<void>;
  lookUpSelf(call: Call): Promise<JsonObject>;
  revokeSelf(call: Call): Promise<void>;
  approleLogin(mount: string, secrets: { role_id: string; secret_id: string }, call: Call): Promise<JsonObject>;
  kubernetesLogin(mount: string, secrets: { role: string; jwt: string }, call: Call): Promise<JsonObject>;
  jwtLogin(mount: string, secrets: { role?: string; jwt: string }, call: Call): Promise<JsonObject>;
  certLogin(mount: string, name: string | undefined, call: Call): Promise<JsonObject>;
  awsIamLogin(mount: string, login: AwsIamLogin, call: Call): Promise<JsonObject>;
  gcpLogin(mount: string, secrets: { role: string; jwt: string }, call: Call): Promise<JsonObject>;
  passwordLogin(kind: 'ldap' | 'userpass', login: PasswordLogin, call: Call): Promise<JsonObject>;
}

export interface PasswordLogin {
  readonly mount: string;
  readonly username: string;
  readonly password: string;
}

/** The parts of a request to AWS that Vault is to send; all but role and method in base64. */
export interface AwsIamLogin {
  readonly role: string;
  readonly iam_http_request_method: string;
  readonly iam_request_url: string;
  readonly iam_request_headers: string;
  readonly iam_request_body: string;
}

export interface ApiOptions {
  /** URL of the server. */
  readonly endpoint: string;
  readonly namespace: string | undefined;
  readonly token: string | undefined;
  readonly transport: NodeVaultTransport;
}

/** Makes clients; node-vault is loaded here, since it and its dependencies are big. */
export async function loadVaultApi(): Promise<(options: ApiOptions) => VaultApi> {
  const { default: nodeVault } = await import('node-vault');
  return (options) => vaultApi(client(nodeVault, options));
}

/** One client of node-vault for one login: it keeps token and namespace in itself. */
function client(nodeVault: typeof NodeVault, { endpoint, namespace, token, transport }: ApiOptions): NodeVault.client {
  const vault = nodeVault({
    endpoint,
    noCustomHTTPVerbs: true,
    'request-promise': transport,
    // Its own one escapes for HTML.
    mustache: { render: renderPath },
    // Its own one prints values when DEBUG=node-vault is set.
    debug: () => undefined,
  });
  // An option that is missing would be taken from VAULT_TOKEN, VAULT_NAMESPACE and VAULT_PREFIX of the operator.
  return Object.assign(vault, { token, namespace, pathPrefix: '' });
}

/** The two forms in node-vault's paths: `{{name}}`, and `{{^name}}text{{/name}}` for where the name has no value. */
function renderPath(template: string, values: Readonly<Record<string, string | undefined>>): string {
  return template
    .replace(/\{\{\^(\w+)\}\}(.*?)\{\{\/\1\}\}/g, (_, name: string, otherwise: string) =>
      values[name] ? '' : otherwise,
    )
    .replace(/\{\{(\w+)\}\}/g, (_, name: string) => encodePath(values[name] ?? ''));
}

function vaultApi(vault: NodeVault.client): VaultApi {
  return {
    read: async (path, query, call) => toObject(await vault.read(`${encodePath(path)}${queryOf(query)}`, { call })),
    list: async (path, call) => toObject(await vault.list(encodePath(path), { call })),
    write: async (path, body, call) => void (await vault.write(encodePath(path), body, { call })),
    delete: async (path, call) => void (await vault.delete(encodePath(path), { call })),
    lookUpSelf: async (call) => toObject(await vault.tokenLookupSelf({ requestOptions: { call } })),
    // tokenRevokeSelf would send its own options as the body.
    revokeSelf: async (call) => void (await vault.write('auth/token/revoke-self', {}, { call })),
    approleLogin: async (mount, secrets, call) =>
      toObject(await vault.approleLogin({ mount_point: mount, ...secrets, requestOptions: { call } })),
    kubernetesLogin: async (mount, secrets, call) =>
      toObject(await vault.kubernetesLogin({ mount_point: mount, ...secrets, requestOptions: { call } })),
    // jwtLogin refuses to go without a role, though the server may have a default one.
    jwtLogin: async (mount, secrets, call) =>
      toObject(await vault.write(`auth/${encodePath(mount)}/login`, secrets, { call })),
    // certLogin knows one path only, and no name.
    certLogin: async (mount, name, call) =>
      toObject(await vault.write(`auth/${encodePath(mount)}/login`, name === undefined ? {} : { name }, { call })),
    awsIamLogin: async (mount, login, call) =>
      toObject(await vault.awsIamLogin({ mount_point: mount, ...login, requestOptions: { call } })),
    gcpLogin: async (mount, secrets, call) =>
      toObject(await vault.gcpLogin({ mount_point: mount, ...secrets, requestOptions: { call } })),
    async passwordLogin(kind, { mount, username, password }, call) {
      const login = { mount_point: mount, username, password, requestOptions: { call } };
      return toObject(await (kind === 'ldap' ? vault.ldapLogin(login) : vault.userpassLogin(login)));
    },
  };
}

function queryOf(query: Readonly<Record<string, string>>): string {
  const text = new URLSearchParams(query).toString();
  return text === '' ? '' : `?${text}`;
}

function toObject(answer: JsonValue): JsonObject {
  if (isJsonObject(answer)) return answer;
  throw new ProviderError(
    'unavailable',
    'the answer of Vault is not a JSON object: is the store’s server really Vault?',
  );
}
