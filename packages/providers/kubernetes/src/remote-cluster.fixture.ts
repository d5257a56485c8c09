import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import {
  type Call,
  type Outcome,
  type PushItem,
  type PushSource,
  type ReadRef,
  Sealed,
  type SecretValue,
} from '@esox/core';
import { testHost, type TestHost, type TestHostOptions } from '@esox/provider-testkit';
import type { ApiServerAccess, KubeObject, PolicyRule } from '@esox/testbed';
import { connect, type KubernetesClient } from './client.ts';
import { config } from './config.ts';

export function call(): Call {
  return { signal: AbortSignal.timeout(20_000) };
}

/** A name that no other test uses. */
export function unique(what: string): string {
  return `${what}-${randomUUID().slice(0, 8)}`;
}

export interface TestClient extends AsyncDisposable {
  readonly client: KubernetesClient;
  readonly host: TestHost;
  /** The data as text, or the code of the failure. */
  read(ref: ReadRef): Promise<Record<string, string> | string>;
  find(query: Parameters<KubernetesClient['find']>[0]): Promise<Record<string, unknown>>;
  /** `ok`, or the code of the failure. */
  push(item: Omit<PushItem, 'value'> & { readonly value?: string }): Promise<string>;
}

/** A client as the operator makes it. */
export async function connectTo(settings: z.input<typeof config>, options: TestHostOptions = {}): Promise<TestClient> {
  const host = testHost(options);
  const client = await connect(config.parse(settings), host, call());
  return {
    client,
    host,
    async read(ref) {
      const [outcome] = await client.read([ref], call());
      return contentOf(outcome);
    },
    async find(query) {
      const found: Record<string, unknown> = {};
      for await (const { key, value } of client.find(query, call())) {
        found[key] = value ? contentOf({ ok: true, value }) : 'no value';
      }
      return found;
    },
    async push({ value, ...item }) {
      const [outcome] = await client.write([{ ...item, value: Sealed.text(value ?? '') }], call());
      return outcome?.ok === false ? outcome.error.code : 'ok';
    },
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await host[Symbol.asyncDispose]();
    },
  };
}

export function contentOf(outcome: Outcome<SecretValue> | undefined): Record<string, string> | string {
  if (!outcome) return 'no outcome';
  if (!outcome.ok) return outcome.error.code;
  const { content } = outcome.value;
  if (Sealed.is(content)) return content.openText();
  return Object.fromEntries([...content].map(([key, value]) => [key, value.openText()]));
}

export interface RemoteLogin {
  readonly namespace: string;
  readonly token: string;
  /** As the audit log names it. */
  readonly user: string;
}

/** A namespace of its own, and a ServiceAccount that may do just this with its Secrets. */
export async function remoteLogin(
  cluster: ApiServerAccess,
  verbs: readonly string[] = ['get', 'list', 'create', 'update', 'delete'],
  more: { rules?: readonly PolicyRule[]; clusterRules?: readonly PolicyRule[] } = {},
): Promise<RemoteLogin> {
  const namespace = await cluster.createNamespace({ prefix: 'remote' });
  const rules = verbs.length === 0 ? [] : [{ apiGroups: [''], resources: ['secrets'], verbs }];
  const { token, user } = await cluster.createUser({
    namespace,
    name: 'reader',
    rules: [...rules, ...(more.rules ?? [])],
    ...(more.clusterRules && { clusterRules: more.clusterRules }),
  });
  return { namespace, token, user };
}

/** Settings of a store that logs in with a token, through a fault proxy where one is given. */
export function tokenStore(cluster: ApiServerAccess, { namespace }: RemoteLogin, proxyUrl?: string) {
  const url = proxyUrl ?? cluster.url;
  const caBundle = Buffer.from(cluster.caPem).toString('base64');
  return {
    server: { url, ...(proxyUrl === undefined && { caBundle }) },
    auth: { token: { bearerToken: { name: 'remote', key: 'token' } } },
    remoteNamespace: namespace,
  };
}

export async function connectWithToken(
  cluster: ApiServerAccess,
  login: RemoteLogin,
  options: TestHostOptions & { readonly proxyUrl?: string } = {},
): Promise<TestClient> {
  const { proxyUrl, ...rest } = options;
  const secrets = { remote: { token: login.token } };
  return await connectTo(tokenStore(cluster, login, proxyUrl), { secrets, ...rest });
}

export interface StoredSecret {
  readonly data?: Readonly<Record<string, string | Uint8Array>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

/** Creates a Secret as the admin. */
export async function storeSecret(
  cluster: ApiServerAccess,
  namespace: string,
  name: string,
  { data = {}, labels, annotations, ...fields }: StoredSecret,
): Promise<KubeObject> {
  const encoded = Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]);
  const body = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, ...(labels && { labels }), ...(annotations && { annotations }) },
    data: Object.fromEntries(encoded),
    ...fields,
  };
  return await cluster.client.call({ method: 'POST', path: `/api/v1/namespaces/${namespace}/secrets`, body });
}

export interface SeenSecret {
  readonly type: unknown;
  readonly data: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly object: KubeObject;
}

/** A Secret as the admin sees it; undefined where there is none. */
export async function seenSecret(
  cluster: ApiServerAccess,
  namespace: string,
  name: string,
): Promise<SeenSecret | undefined> {
  const path = `/api/v1/namespaces/${namespace}/secrets/${name}`;
  const { status, body } = await cluster.client.request({ path });
  if (status === 404) return undefined;
  const data = Object.entries((body['data'] ?? {}) as Record<string, string>); // of a Secret
  return {
    type: body['type'],
    data: Object.fromEntries(data.map(([key, value]) => [key, Buffer.from(value, 'base64').toString()])),
    labels: body.metadata?.labels ?? {},
    annotations: body.metadata?.annotations ?? {},
    object: body,
  };
}

/** The Secret that is pushed, as the controller hands it on. */
export function source(
  data: Readonly<Record<string, string | Uint8Array>>,
  more: Partial<Omit<PushSource, 'data'>> = {},
): PushSource {
  const values = Object.entries(data).map(([key, value]) => [key, Sealed.of(Buffer.from(value))] as const);
  return { data: new Map(values), type: 'Opaque', labels: {}, annotations: {}, ...more };
}
