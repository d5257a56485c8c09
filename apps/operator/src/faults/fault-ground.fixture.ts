import { randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type FaultProxy, startFaultProxy, type VaultAccess, waitUntil } from '@esox/testbed';
import { OperatorProcess } from '../operator-process.fixture.ts';
import { createIn, operatorRules } from '../test-cluster.fixture.ts';
import { CanaryLedger, type Login } from './canary-ledger.fixture.ts';
import type { FaultArena } from './fault-arena.fixture.ts';
import { historyFaults, type Permitted, secretHistory } from './secret-history.fixture.ts';

const apiVersion = 'external-secrets.io/v1';
/** The key in the backend of each value. */
export type Keys = Login;

const inBase64 = (text: string) => Buffer.from(text).toString('base64');

interface Stored {
  readonly metadata: { readonly name: string };
  readonly status?: {
    readonly refreshTime?: string;
    readonly conditions?: readonly { readonly status: string; readonly message: string }[];
  };
  readonly data?: Readonly<Record<string, string>>;
}

/** How a store logs in. `secret` becomes the Secret `<store>-login`. */
export interface StoreLogin {
  readonly auth: object;
  readonly secret: Readonly<Record<string, string>>;
}

/** `target` and the rest of the spec as they are given; a second of an interval where none is. */
export interface ExternalSecretInput {
  readonly store?: string;
  /** Where both values come from: as the object is named, otherwise. */
  readonly key?: string;
  /** Or where each of them comes from. */
  readonly keys?: Keys;
  readonly refreshInterval?: string;
  readonly target?: object;
}

/** A namespace of an arena, with an operator that sees API server and backends through fault proxies only. */
export class FaultGround implements AsyncDisposable {
  readonly namespace: string;
  /** As RBAC and the audit log have the operator. */
  readonly user: string;
  readonly apiProxy: FaultProxy;
  readonly ledger = new CanaryLedger();
  readonly #arena: FaultArena;
  readonly #vault: VaultAccess;
  readonly #kubeconfig = join(tmpdir(), `esox-fault-${randomUUID()}.json`);
  readonly #owned = new AsyncDisposableStack();
  /** Of each target, where its values come from. */
  readonly #keysOf = new Map<string, Keys>();

  private constructor(
    arena: FaultArena,
    vault: VaultAccess,
    given: { namespace: string; user: string; apiProxy: FaultProxy },
  ) {
    this.#arena = arena;
    this.#vault = vault;
    this.namespace = given.namespace;
    this.user = given.user;
    this.apiProxy = this.#owned.use(given.apiProxy);
  }

  static async open(arena: FaultArena, vault: VaultAccess): Promise<FaultGround> {
    const { api } = arena;
    const namespace = await api.createNamespace({ prefix: 'fault' });
    // The operator runs with its own role, so that nothing is read or written that it may not.
    const { user, token } = await api.createUser({ namespace, name: 'operator', clusterRules: operatorRules });
    const apiProxy = await startFaultProxy({ target: api.url, caPem: api.caPem });
    const ground = new FaultGround(arena, vault, { namespace, user, apiProxy });
    await writeFile(ground.#kubeconfig, api.kubeconfig({ token, url: apiProxy.url, namespace }), { mode: 0o600 });
    ground.#owned.defer(() => rm(ground.#kubeconfig));
    ground.ledger.hide(token);
    return ground;
  }

  /** A store in front of Vault. Answers the proxy between the two. */
  async store(name: string, { auth, secret } = this.#rootLogin(name)): Promise<FaultProxy> {
    const proxy = this.#owned.use(await startFaultProxy({ target: this.#vault.url }));
    await this.setLogin(name, secret);
    const provider = { vault: { server: proxy.url, path: 'secret', version: 'v2', auth } };
    await createIn(this.#arena.api, this.namespace, {
      apiVersion,
      kind: 'SecretStore',
      metadata: { name },
      spec: { provider },
    });
    return proxy;
  }

  /** Makes or replaces the Secret that a store logs in with. */
  async setLogin(name: string, secret: StoreLogin['secret']): Promise<void> {
    for (const value of Object.values(secret)) this.ledger.hide(value);
    const path = `/api/v1/namespaces/${this.namespace}/secrets/${name}-login?fieldManager=test&force=true`;
    const data = Object.fromEntries(Object.entries(secret).map(([key, value]) => [key, inBase64(value)]));
    const body = { apiVersion: 'v1', kind: 'Secret', metadata: { name: `${name}-login` }, data };
    await this.#arena.api.client.call({ method: 'PATCH', path, body, contentType: 'application/apply-patch+yaml' });
  }

  #rootLogin(name: string): StoreLogin {
    return {
      auth: { tokenSecretRef: { name: `${name}-login`, key: 'token' } },
      secret: { token: this.#vault.rootToken },
    };
  }

  start({ args = [], env = {} }: { args?: string[]; env?: Record<string, string> } = {}): Promise<OperatorProcess> {
    // Other tests' namespaces on the same API server are none of its business.
    const own = ['--namespace', this.namespace, '--loglevel', 'debug', '--store-requeue-interval', '2s'];
    const { program } = this.#arena;
    return OperatorProcess.start({ program, args: [...own, ...args], env: { KUBECONFIG: this.#kubeconfig, ...env } });
  }

  /** Puts new values for the keys into Vault. */
  async put(...keys: readonly string[]): Promise<void> {
    const put = (key: string) =>
      this.#vault.write(`secret/data/${this.namespace}/${key}`, { data: this.ledger.next(key) });
    await Promise.all(keys.map(put));
  }

  /** Removes a key from Vault, with all its versions. */
  async remove(key: string): Promise<void> {
    await this.#vault.request('DELETE', `secret/metadata/${this.namespace}/${key}`);
  }

  async externalSecrets(names: readonly string[], input: ExternalSecretInput = {}): Promise<void> {
    await Promise.all(names.map((name) => this.externalSecret(name, input)));
  }

  async externalSecret(name: string, input: ExternalSecretInput = {}): Promise<void> {
    const { store = 'main', key = name, refreshInterval = '1s', target = {} } = input;
    const { keys = { user: key, password: key } } = input;
    this.#keysOf.set(name, keys);
    const data = Object.entries(keys).map(([property, from]: [string, string]) => ({
      secretKey: property,
      remoteRef: { key: `${this.namespace}/${from}`, property },
    }));
    const spec = { secretStoreRef: { name: store }, refreshInterval, target, data };
    await createIn(this.#arena.api, this.namespace, { apiVersion, kind: 'ExternalSecret', metadata: { name }, spec });
  }

  /** Waits until the Secrets hold what was put last, and nothing else. */
  async follow(names: readonly string[], deadlineMs = 30_000): Promise<void> {
    const check = async (): Promise<true> => {
      const stale = await this.stale(names);
      if (stale.length > 0) throw new Error(`not the last value: ${await this.#told(stale)}`);
      return true;
    };
    await waitUntil(check, { what: 'the Secrets to follow', deadlineMs });
  }

  /** What their objects say. */
  async #told(names: readonly string[]): Promise<string> {
    const objects = await this.#list('/apis/external-secrets.io/v1', 'externalsecrets');
    return names.map((name) => `${name} (${objects.get(name)?.status?.conditions?.[0]?.message})`).join(', ');
  }

  /** Which of the Secrets do not hold what was put last. */
  async stale(names: readonly string[]): Promise<string[]> {
    const secrets = await this.#list('/api/v1', 'secrets');
    return names.filter((name) => {
      const keys = this.#keysOf.get(name);
      const expected = {
        user: this.ledger.latest(keys?.user)?.user,
        password: this.ledger.latest(keys?.password)?.password,
      };
      const data = Object.entries(secrets.get(name)?.data ?? {});
      const actual = Object.fromEntries(data.map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]));
      return !isDeepStrictEqual(actual, expected);
    });
  }

  /** How many of the targets exist. */
  async written(): Promise<number> {
    const secrets = await this.#list('/api/v1', 'secrets');
    return [...this.#keysOf.keys()].filter((name) => secrets.has(name)).length;
  }

  /** Waits for each object to say that it is not ready; answers the messages. */
  async fail(names: readonly string[], deadlineMs = 60_000): Promise<string[]> {
    const check = async (): Promise<string[]> => {
      const objects = await this.#list('/apis/external-secrets.io/v1', 'externalsecrets');
      const conditions = names.map((name) => objects.get(name)?.status?.conditions?.[0]);
      const calm = names.filter((_name, index) => conditions[index]?.status !== 'False');
      if (calm.length > 0) throw new Error(`still ready: ${calm.join(', ')}`);
      return conditions.map((condition) => condition?.message ?? '');
    };
    return waitUntil(check, { what: 'the objects to fail', deadlineMs });
  }

  async #list(group: string, plural: string): Promise<ReadonlyMap<string, Stored>> {
    const path = `${group}/namespaces/${this.namespace}/${plural}`;
    const signal = AbortSignal.timeout(5_000);
    const { items } = await this.#arena.api.client.call<{ items: Stored[] }>({ path, signal });
    return new Map(items.map((item) => [item.metadata.name, item]));
  }

  /**
   * What must not be, of all that happened in this namespace: a Secret lost, blanked, mixed, set back or written for
   * nothing, a value that was not read, a value or a credential in anything that comes out but Secrets, and an error that
   * the operator takes for a bug.
   */
  async wrongs(operator: OperatorProcess, permitted: Permitted = {}): Promise<string[]> {
    const pages = [
      operator.get(operator.metricsPort, '/metrics').then(({ text }) => text),
      operator.get(operator.livePort, '/plugins').then(({ text }) => text),
    ];
    const group = `/apis/external-secrets.io/v1/namespaces/${this.namespace}`;
    const paths = [`/api/v1/namespaces/${this.namespace}/events`, `${group}/externalsecrets`, `${group}/secretstores`];
    // An API server that has just started does not serve everything yet.
    const served = (path: string) =>
      waitUntil(() => this.#arena.api.client.call({ path }), { what: path, deadlineMs: 30_000 });
    const objects = paths.map(async (path) => JSON.stringify(await served(path)));
    const seen = [operator.output, ...(await Promise.all([...pages, ...objects]))].join('\n');
    const leaks = this.ledger.leaksIn(seen).map((value) => `${value} stands in what comes out`);
    // A fault of somebody else's is no bug of ours, and not told as one.
    const bugs = operator.output.split('\n').filter((line) => line.includes('"msg":"unexpected error"'));
    const writes = await secretHistory(this.#arena, this.namespace);
    return [...leaks, ...bugs, ...historyFaults(writes, this.#keysOf, this.ledger, permitted)];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#owned.disposeAsync();
  }
}
