import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { setDefaultCACertificates } from 'node:tls';

/**
 * The least that the bench takes for an operator, for its own tests: it reads each key anew, creates or replaces the
 * Secret and writes the status. Its argument makes it fail: `idle` does nothing, `wrong` writes another value, `end`
 * ends by itself, `queue` lets a store that hangs hold the objects of all stores.
 */

interface ExternalSecret {
  metadata: { namespace: string; name: string; generation: number; annotations?: object };
  spec: {
    refreshInterval: string;
    secretStoreRef: { name: string };
    data: { secretKey: string; remoteRef: { key: string; property: string } }[];
  };
  status?: { syncedResourceVersion?: string; refreshTime?: string };
}

const mode = process.argv[2] ?? 'work';
const { clusters, users } = JSON.parse(await readFile(process.env['KUBECONFIG'] ?? '', 'utf8'));
const { server, 'certificate-authority-data': ca } = clusters[0].cluster;
setDefaultCACertificates([Buffer.from(ca, 'base64').toString()]);
const authorization = `Bearer ${users[0].user.token}`;
const api = '/apis/external-secrets.io/v1';

interface Store {
  readonly spec: {
    readonly provider: {
      readonly vault: {
        readonly server: string;
        readonly auth: {
          readonly appRole: {
            readonly roleId: string;
            readonly secretRef: Record<'namespace' | 'name' | 'key', string>;
          };
        };
      };
    };
  };
}

interface Session {
  readonly url: string;
  readonly token: string;
}

interface List {
  readonly metadata: { readonly resourceVersion: string };
  readonly items: readonly ExternalSecret[];
}

async function kube(method: string, path: string, body?: object): Promise<Response> {
  const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
  const headers = { authorization, 'content-type': type };
  return await fetch(new URL(path, server), { method, headers, ...(body && { body: JSON.stringify(body) }) });
}

async function kubeJson<T>(path: string): Promise<T> {
  return (await (await kube('GET', path)).json()) as T;
}

async function logIn(store: string): Promise<Session> {
  const { vault } = (await kubeJson<Store>(`${api}/clustersecretstores/${store}`)).spec.provider;
  const { roleId, secretRef } = vault.auth.appRole;
  const { data } = await kubeJson<{ data: Record<string, string> }>(
    `/api/v1/namespaces/${secretRef.namespace}/secrets/${secretRef.name}`,
  );
  const secretId = Buffer.from(data[secretRef.key] ?? '', 'base64').toString();
  const login = { method: 'PUT', body: JSON.stringify({ role_id: roleId, secret_id: secretId }) };
  const answer = await fetch(`${vault.server}/v1/auth/approle/login`, login);
  const { auth } = (await answer.json()) as { auth: { client_token: string } };
  return { url: `${vault.server}/v1/secret/data`, token: auth.client_token };
}

function versionOf({ metadata }: ExternalSecret): string {
  return `${metadata.generation}-${JSON.stringify(metadata.annotations ?? {})}`;
}

async function sync(object: ExternalSecret): Promise<void> {
  const vault = await sessionOf(object.spec.secretStoreRef.name);
  const { namespace, name } = object.metadata;
  const data: Record<string, string> = {};
  for (const { secretKey, remoteRef } of object.spec.data) {
    const answer = await fetch(`${vault.url}/${remoteRef.key}`, { headers: { 'x-vault-token': vault.token } });
    const body = (await answer.json()) as { data: { data: Record<string, string> } };
    const value = body.data.data[remoteRef.property] ?? '';
    data[secretKey] = Buffer.from(mode === 'wrong' ? 'wrong' : value).toString('base64');
  }
  const path = `/api/v1/namespaces/${namespace}/secrets`;
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name }, data };
  if ((await kube('POST', path, secret)).status === 409) await kube('PATCH', `${path}/${name}`, { data });
  const now = new Date().toISOString();
  const conditions = [{ type: 'Ready', status: 'True', reason: 'SecretSynced', lastTransitionTime: now }];
  const status = { refreshTime: now, syncedResourceVersion: versionOf(object), conditions };
  await kube('PATCH', `${api}/namespaces/${namespace}/externalsecrets/${name}/status`, { status });
}

const timers = new Map<string, NodeJS.Timeout>();
const sessions = new Map<string, Promise<Session>>();

function sessionOf(store: string): Promise<Session> {
  const session = sessions.get(store) ?? logIn(store);
  sessions.set(store, session);
  return session;
}

/** Objects of a store are taken one after the other, which is simple and slow. */
const lines = new Map<string, Promise<void>>();
function queue(object: ExternalSecret): void {
  const line = mode === 'queue' ? '' : object.spec.secretStoreRef.name;
  lines.set(
    line,
    (lines.get(line) ?? Promise.resolve()).then(() => sync(object)),
  );
}

function take(object: ExternalSecret): void {
  const { namespace, name } = object.metadata;
  const isNew = object.status?.syncedResourceVersion !== versionOf(object);
  if (isNew) queue(object);
  clearTimeout(timers.get(`${namespace}/${name}`));
  const seconds = /^(\d+)s$/.exec(object.spec.refreshInterval)?.[1];
  if (isNew || seconds === undefined) return;
  timers.set(`${namespace}/${name}`, setTimeout(queue, Number(seconds) * 1000, object));
}

if (mode === 'end') {
  console.log('nothing to do here');
  process.exit(7);
}
const { metadata, items } = await kubeJson<List>(`${api}/externalsecrets`);
if (mode !== 'idle') for (const item of items) take(item);
const watch = await kube('GET', `${api}/externalsecrets?watch=true&resourceVersion=${metadata.resourceVersion}`);
for await (const text of createInterface({ input: Readable.fromWeb(watch.body as ReadableStream) })) {
  if (mode !== 'idle') take(JSON.parse(text).object);
}
