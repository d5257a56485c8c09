import { randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ApiServer, type FaultProxy, startFaultProxy, type VaultAccess, waitUntil } from '@esox/testbed';
import { OperatorProcess } from '../operator-process.fixture.ts';
import { createIn } from '../test-cluster.fixture.ts';

const apiVersion = 'external-secrets.io/v1';

interface Stored {
  readonly status?: {
    readonly refreshTime?: string;
    readonly conditions?: readonly { readonly status: string; readonly message: string }[];
  };
  readonly data?: Readonly<Record<string, string>>;
}

/** A value that is like no other text, so that it can be looked for in everything that comes out. */
export function canary(of: string): string {
  return `CANARY-${of}-${randomUUID()}`;
}

/** One namespace with a store whose Vault is behind a fault proxy, and an API server behind another one. */
export class ProvingGround implements AsyncDisposable {
  readonly api: ApiServer;
  readonly namespace: string;
  readonly vaultProxy: FaultProxy;
  readonly apiProxy: FaultProxy;
  readonly #vault: VaultAccess;
  readonly #kubeconfig: string;
  readonly #canaries: string[] = [];

  private constructor(
    api: ApiServer,
    vault: VaultAccess,
    parts: { namespace: string; vaultProxy: FaultProxy; apiProxy: FaultProxy; kubeconfig: string },
  ) {
    this.api = api;
    this.#vault = vault;
    this.namespace = parts.namespace;
    this.vaultProxy = parts.vaultProxy;
    this.apiProxy = parts.apiProxy;
    this.#kubeconfig = parts.kubeconfig;
  }

  static async open(api: ApiServer, vault: VaultAccess): Promise<ProvingGround> {
    const namespace = await api.createNamespace({ prefix: 'fault' });
    const vaultProxy = await startFaultProxy({ target: vault.url });
    const apiProxy = await startFaultProxy({ target: api.url, caPem: api.caPem });
    const kubeconfig = join(tmpdir(), `esox-fault-${randomUUID()}.json`);
    await writeFile(kubeconfig, api.kubeconfig({ url: apiProxy.url }), { mode: 0o600 });
    const ground = new ProvingGround(api, vault, { namespace, vaultProxy, apiProxy, kubeconfig });
    await ground.#login();
    return ground;
  }

  start(): Promise<OperatorProcess> {
    // Other tests' namespaces on the same API server are none of its business.
    const args = ['--namespace', this.namespace, '--loglevel', 'debug', '--store-requeue-interval', '2s'];
    return OperatorProcess.start({ args, env: { KUBECONFIG: this.#kubeconfig } });
  }

  /** Puts a new value into Vault and answers it. */
  async put(key: string): Promise<string> {
    const value = canary(key);
    this.#canaries.push(value);
    await this.#vault.write(`secret/data/${this.namespace}/${key}`, { data: { password: value } });
    return value;
  }

  async externalSecret(key: string, more: object = {}): Promise<void> {
    const data = [{ secretKey: 'password', remoteRef: { key: `${this.namespace}/${key}`, property: 'password' } }];
    const spec = { secretStoreRef: { name: 'vault' }, refreshInterval: '1s', data, ...more };
    await createIn(this.api, this.namespace, { apiVersion, kind: 'ExternalSecret', metadata: { name: key }, spec });
  }

  /** Undefined while there is no Secret. */
  async password(key: string): Promise<string | undefined> {
    const path = `/api/v1/namespaces/${this.namespace}/secrets/${key}`;
    const { status, body } = await this.api.client.request<Stored>({ path });
    return status === 200 ? Buffer.from(body.data?.['password'] ?? '', 'base64').toString() : undefined;
  }

  async follows(key: string, value: string, deadlineMs = 30_000): Promise<void> {
    await waitUntil(async () => (await this.password(key)) === value, {
      what: `the Secret ${key} to follow`,
      deadlineMs,
    });
  }

  async condition(key: string): Promise<{ status: string; message: string } | undefined> {
    const path = `/apis/external-secrets.io/v1/namespaces/${this.namespace}/externalsecrets/${key}`;
    return (await this.api.client.call<Stored>({ path })).status?.conditions?.[0];
  }

  async fails(key: string): Promise<string> {
    const failed = async () => {
      const condition = await this.condition(key);
      return condition?.status === 'False' && condition.message;
    };
    return await waitUntil(failed, { what: `a failure of ${key}`, deadlineMs: 60_000 });
  }

  /** Values that stand in anything but Secrets. */
  async leaks(operator: OperatorProcess): Promise<string[]> {
    const pages = [
      operator.get(operator.metricsPort, '/metrics').then(({ text }) => text),
      operator.get(operator.livePort, '/plugins').then(({ text }) => text),
    ].map((page) => page.catch(() => ''));
    const group = `/apis/external-secrets.io/v1/namespaces/${this.namespace}`;
    const paths = [`/api/v1/namespaces/${this.namespace}/events`, `${group}/externalsecrets`, `${group}/secretstores`];
    const objects = paths.map(async (path) => JSON.stringify(await this.api.client.call({ path })));
    const seen = [operator.output, ...(await Promise.all([...pages, ...objects]))].join('\n');
    return this.#canaries.filter(
      (value) => seen.includes(value) || seen.includes(Buffer.from(value).toString('base64')),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.vaultProxy[Symbol.asyncDispose]();
    await this.apiProxy[Symbol.asyncDispose]();
    await rm(this.#kubeconfig);
  }

  async #login(): Promise<void> {
    const token = Buffer.from(this.#vault.rootToken).toString('base64');
    this.#canaries.push(this.#vault.rootToken);
    const path = `/api/v1/namespaces/${this.namespace}/secrets`;
    await this.api.client.call({ method: 'POST', path, body: { metadata: { name: 'login' }, data: { token } } });
    const auth = { tokenSecretRef: { name: 'login', key: 'token' } };
    const provider = { vault: { server: this.vaultProxy.url, path: 'secret', version: 'v2', auth } };
    await createIn(this.api, this.namespace, {
      apiVersion,
      kind: 'SecretStore',
      metadata: { name: 'vault' },
      spec: { provider },
    });
  }
}
