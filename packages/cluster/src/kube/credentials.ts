import { readFile } from 'node:fs/promises';
import type { Clock } from '../clock.ts';
import { ClusterError } from '../errors.ts';
import type { Credentials, CredentialSource } from './connection.ts';
import { isRecord, type JsonRecord } from './json.ts';
import { misconfigured, text } from './kubeconfig.ts';

/** Files are read again after this time: a token that the kubelet renews is valid long beyond it. */
const REREAD_MS = 10_000;

/** The credentials of a kubeconfig's user entry. */
export function credentialsOf(user: JsonRecord, name: string, clock: Clock): CredentialSource {
  if (isRecord(user['exec'])) return execCredentials(user['exec'], name);
  if (isRecord(user['auth-provider'])) return authProviderCredentials(user['auth-provider'], name);
  return new FileCredentials(() => readUser(user, name), clock);
}

/** A token in a file that is replaced now and then, such as the one of a Pod's service account. */
export function tokenFileCredentials(path: string, clock: Clock): CredentialSource {
  return new FileCredentials(async () => ({ authorization: bearer(await read(path, `token file ${path}`)) }), clock);
}

async function readUser(user: JsonRecord, name: string): Promise<Credentials> {
  const cert = await material(user, 'client-certificate', name);
  const key = await material(user, 'client-key', name);
  const authorization = await authorizationOf(user);
  return {
    ...(authorization === undefined ? {} : { authorization }),
    ...(cert === undefined || key === undefined ? {} : { certificate: { cert, key } }),
  };
}

async function authorizationOf(user: JsonRecord): Promise<string | undefined> {
  const tokenFile = text(user, 'tokenFile');
  if (tokenFile !== undefined) return bearer(await read(tokenFile, `token file ${tokenFile}`));
  const token = text(user, 'token');
  if (token !== undefined) return bearer(token);
  const username = text(user, 'username');
  if (username === undefined) return undefined;
  return `Basic ${Buffer.from(`${username}:${text(user, 'password') ?? ''}`).toString('base64')}`;
}

/** PEM from `<key>-data` (base64) or from the file that `<key>` names. */
export async function material(entry: JsonRecord, key: string, name: string): Promise<string | undefined> {
  const data = text(entry, `${key}-data`);
  if (data !== undefined) return Buffer.from(data, 'base64').toString();
  const path = text(entry, key);
  return path === undefined ? undefined : await read(path, `${key} of kubeconfig entry "${name}"`);
}

async function read(path: string, what: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    throw misconfigured(`${what}: the file cannot be read.`);
  }
}

function bearer(token: string): string {
  return `Bearer ${token.trim()}`;
}

/** Reads again after a while, and when the API server refuses what it has. */
class FileCredentials implements CredentialSource {
  readonly #read: () => Promise<Credentials>;
  readonly #clock: Clock;
  #known: { readonly credentials: Credentials; readonly until: number } | undefined;
  #reading: Promise<Credentials> | undefined;
  #isRefused = false;

  constructor(readCredentials: () => Promise<Credentials>, clock: Clock) {
    this.#read = readCredentials;
    this.#clock = clock;
  }

  async current(): Promise<Credentials> {
    if (this.#known !== undefined && !this.#isRefused && this.#clock.now() < this.#known.until)
      return this.#known.credentials;
    this.#reading ??= this.#readAgain().finally(() => {
      this.#reading = undefined;
    });
    return await this.#reading;
  }

  renew(): void {
    this.#isRefused = true;
  }

  async #readAgain(): Promise<Credentials> {
    this.#isRefused = false;
    const credentials = await this.#read().catch((error: unknown) => {
      // A file that is being replaced may be gone for a moment.
      if (this.#known === undefined) throw error;
      return this.#known.credentials;
    });
    const kept = isSame(credentials, this.#known?.credentials) ? this.#known?.credentials : credentials;
    this.#known = { credentials: kept ?? credentials, until: this.#clock.now() + REREAD_MS };
    return this.#known.credentials;
  }
}

function isSame(one: Credentials, other: Credentials | undefined): boolean {
  return (
    other !== undefined &&
    one.authorization === other.authorization &&
    one.certificate?.cert === other.certificate?.cert &&
    one.certificate?.key === other.certificate?.key
  );
}

/** What the plugins of `@kubernetes/client-node` fill in. */
interface PluginOptions {
  headers?: Record<string, unknown>;
  cert?: unknown;
  key?: unknown;
}

interface AuthPlugin {
  applyAuthentication(user: object, options: PluginOptions): Promise<void>;
}

/** Credentials from a plugin of `@kubernetes/client-node`, which keeps them until they run out. */
class PluginCredentials implements CredentialSource {
  readonly #load: () => Promise<AuthPlugin>;
  readonly #user: object;
  readonly #what: string;
  #plugin: Promise<AuthPlugin> | undefined;
  #asking: Promise<Credentials> | undefined;

  constructor(load: () => Promise<AuthPlugin>, user: object, what: string) {
    this.#load = load;
    this.#user = user;
    this.#what = what;
  }

  async current(): Promise<Credentials> {
    // One question at a time: each could start a process or a login.
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined;
    });
    return await this.#asking;
  }

  renew(): void {
    this.#plugin = undefined;
  }

  async #ask(): Promise<Credentials> {
    const options: PluginOptions = { headers: {} };
    try {
      const plugin = await (this.#plugin ??= this.#load());
      await plugin.applyAuthentication(this.#user, options);
    } catch {
      // What a plugin says may hold tokens.
      throw new ClusterError(
        'unauthenticated',
        `${this.#what} gave no credentials for the API server. Run it by hand to see why.`,
      );
    }
    const authorization = options.headers?.['Authorization'];
    const { cert, key } = options;
    return {
      ...(typeof authorization === 'string' ? { authorization } : {}),
      ...(typeof cert === 'string' && typeof key === 'string' ? { certificate: { cert, key } } : {}),
    };
  }
}

function execCredentials(exec: JsonRecord, name: string): CredentialSource {
  const info = { apiVersion: exec['apiVersion'], kind: 'ExecCredential', spec: { interactive: false } };
  const env = Array.isArray(exec['env']) ? exec['env'].filter(isRecord) : [];
  const command = {
    ...exec,
    args: Array.isArray(exec['args']) ? exec['args'] : [],
    env: [...env, { name: 'KUBERNETES_EXEC_INFO', value: JSON.stringify(info) }],
  };
  const load = async (): Promise<AuthPlugin> => {
    const { ExecAuth } = await import('@kubernetes/client-node/dist/exec_auth.js');
    return new ExecAuth() as AuthPlugin;
  };
  return new PluginCredentials(
    load,
    { name, exec: command },
    `The command ${text(exec, 'command') ?? ''} of kubeconfig user "${name}"`,
  );
}

/** The whole client comes along with it (about 85 MB), so it is loaded only for those who need it. */
function authProviderCredentials(authProvider: JsonRecord, name: string): CredentialSource {
  const provider = text(authProvider, 'name') ?? '';
  if (provider !== 'oidc') {
    throw misconfigured(`kubeconfig user "${name}": auth-provider "${provider}" is not supported. Use an exec plugin.`);
  }
  const load = async (): Promise<AuthPlugin> => {
    const { OpenIDConnectAuth } = await import('@kubernetes/client-node/dist/oidc_auth.js');
    return new OpenIDConnectAuth() as AuthPlugin;
  };
  return new PluginCredentials(load, { name, authProvider }, `The auth-provider oidc of kubeconfig user "${name}"`);
}
