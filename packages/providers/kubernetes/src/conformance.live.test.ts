import { describe } from 'vitest';
import { type Backend, conformance, type Fault } from '@esox/provider-testkit';
import { type ApiServerAccess, statusAnswer, startFaultProxy, testbed, waitUntil } from '@esox/testbed';
import plugin from './index.ts';
import { remoteLogin } from './remote-cluster.fixture.ts';

interface BoundToken {
  readonly token: string;
  /** Path of the Secret that the token is bound to: it is good as long as this is there. */
  readonly anchor: string;
}

/** A token of a real TokenRequest that can be revoked. */
async function boundToken(cluster: ApiServerAccess, namespace: string): Promise<BoundToken> {
  const secrets = `/api/v1/namespaces/${namespace}/secrets`;
  const metadata = { generateName: 'anchor-' };
  const anchor = await cluster.client.call({ method: 'POST', path: secrets, body: { metadata } });
  const name = String(anchor.metadata?.name);
  const boundObjectRef = { apiVersion: 'v1', kind: 'Secret', name, uid: anchor.metadata?.uid };
  const { status } = await cluster.client.call<{ status: { token: string } }>({
    method: 'POST',
    path: `/api/v1/namespaces/${namespace}/serviceaccounts/reader/token`,
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { boundObjectRef } },
  });
  return { token: status.token, anchor: `${secrets}/${name}` };
}

/** A real API server, and a ServiceAccount that may use the Secrets of one namespace; behind a proxy that breaks it. */
async function remoteCluster(): Promise<Backend> {
  const cluster = testbed().kubernetes;
  const { namespace } = await remoteLogin(cluster);
  const proxy = await startFaultProxy({ target: cluster.url, caPem: cluster.caPem });
  const secrets = `/api/v1/namespaces/${namespace}/secrets`;
  const binding = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/rolebindings`;
  const role = await cluster.client.call({ path: `${binding}/reader` });
  const granted: BoundToken[] = [];
  let refusesLogin = false;

  const status = async (token: string): Promise<number> =>
    (await cluster.clientFor({ token }).request({ path: secrets })).status;
  const untilStatus = async (token: string, wanted: number): Promise<void> => {
    const reached = async (): Promise<boolean> => (await status(token)) === wanted;
    await waitUntil(reached, { what: `the API server answers ${wanted}`, deadlineMs: 30_000 });
  };

  /** Takes the right to read away, or gives it back. */
  async function deny(on: boolean): Promise<void> {
    const body = { ...role, metadata: { name: 'reader', namespace } };
    await cluster.client.request(
      on ? { method: 'DELETE', path: `${binding}/reader` } : { method: 'POST', path: binding, body },
    );
    const { token } = await boundToken(cluster, namespace);
    await untilStatus(token, on ? 403 : 200);
  }

  const rules = new Map<Fault, { remove(): void }>();
  const actions = {
    throttled: statusAnswer(429, 'TooManyRequests', { 'retry-after': '3' }),
    outage: statusAnswer(503, 'ServiceUnavailable'),
    hang: { kind: 'hang' },
  } as const;

  return {
    config: {
      server: { url: proxy.url },
      auth: { serviceAccount: { name: 'reader' } },
      remoteNamespace: namespace,
    },
    objects: {
      tokens: {
        async reader() {
          if (refusesLogin) return 'eyJhbGciOiJub25lIn0.not-of-this-cluster.signature';
          const made = await boundToken(cluster, namespace);
          granted.push(made);
          return made.token;
        },
      },
    },
    async put(key, content) {
      if (content instanceof Uint8Array) throw new Error('a Secret has fields');
      const data = Object.entries(content).map(([name, text]) => [name, Buffer.from(text).toString('base64')]);
      await cluster.client.request({ method: 'DELETE', path: `${secrets}/${key}` });
      const body = { metadata: { name: key }, data: Object.fromEntries(data) };
      await cluster.client.call({ method: 'POST', path: secrets, body });
    },
    async delete(key) {
      await cluster.client.call({ method: 'DELETE', path: `${secrets}/${key}` });
    },
    async fail(fault, on) {
      if (fault === 'login') refusesLogin = on;
      else if (fault === 'denied') await deny(on);
      else if (on) rules.set(fault, proxy.rule({ match: () => true, action: actions[fault] }));
      else rules.get(fault)?.remove();
    },
    login: {
      count: () => granted.length,
      async revoke() {
        const last = granted.splice(0);
        for (const { anchor } of last) await cluster.client.request({ method: 'DELETE', path: anchor });
        // The API server knows a good token for some seconds more.
        for (const { token } of last) await untilStatus(token, 401);
        granted.push(...last);
      },
    },
    [Symbol.asyncDispose]: () => proxy[Symbol.asyncDispose](),
  };
}

describe('a real API server', () => {
  conformance(plugin, remoteCluster, {
    packageJson: new URL('../package.json', import.meta.url),
    content: 'fields',
    fieldNames: /^[-._a-zA-Z0-9]+$/,
    faults: ['login', 'denied', 'throttled', 'outage', 'hang'],
    login: true,
    retryAfter: true,
  });
});
