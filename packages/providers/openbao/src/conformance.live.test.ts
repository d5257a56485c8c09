import { describe } from 'vitest';
import { type Backend, conformance, type Fault } from '@esox/provider-testkit';
import { type FaultAction, startFaultProxy, testbed } from '@esox/testbed';
import plugin from './index.ts';
import { newEngine, unique } from './openbao-store.fixture.ts';

const faults: Readonly<Record<Fault, FaultAction>> = {
  login: { kind: 'answer', status: 400, body: { errors: ['invalid role or secret ID'] } },
  denied: { kind: 'answer', status: 403, body: { errors: ['1 error occurred:\n\t* permission denied\n\n'] } },
  throttled: {
    kind: 'answer',
    status: 429,
    headers: { 'retry-after': '3' },
    body: { errors: ['request path throttled'] },
  },
  outage: { kind: 'answer', status: 503, body: { errors: ['Vault is sealed'] } },
  hang: { kind: 'hang' },
};

/** A real Vault, whose protocol OpenBao speaks, with an AppRole login and a KV engine of its own, behind a proxy that breaks it. */
async function realVault(version: 'v1' | 'v2'): Promise<Backend> {
  const { vault } = testbed();
  const proxy = await startFaultProxy({ target: vault.url });
  const engine = await newEngine(vault, version);
  const login = unique('approle');
  const keys = version === 'v1' ? engine : `${engine}/data`;
  await vault.write(`sys/auth/${login}`, { type: 'approle' });
  const policy = unique('conformance');
  await vault.write(`sys/policies/acl/${policy}`, {
    policy: `path "${engine}/*" { capabilities = ["read", "list"] }`,
  });
  await vault.write(`auth/${login}/role/app`, { token_policies: [policy], token_ttl: '1h' });
  const role = await vault.read(`auth/${login}/role/app/role-id`);
  const secret = await vault.write(`auth/${login}/role/app/secret-id`);
  const isLogin = (path: string): boolean => path === `/v1/auth/${login}/login`;
  const on = new Map<Fault, { remove(): void }>();

  return {
    config: {
      server: proxy.url,
      path: engine,
      version,
      auth: {
        appRole: { path: login, roleId: String(role.data?.['role_id']), secretRef: { name: 'app', key: 'secret-id' } },
      },
    },
    objects: { secrets: { app: { 'secret-id': String(secret.data?.['secret_id']) } } },
    store: { retry: { maxRetries: 0, intervalMs: undefined } },
    async put(key, content) {
      await vault.write(`${keys}/${key}`, version === 'v1' ? content : { data: content });
    },
    async delete(key) {
      // On version v2 a deletion of the data leaves the key in listings.
      await vault.request('DELETE', version === 'v1' ? `${keys}/${key}` : `${engine}/metadata/${key}`);
    },
    async fail(fault, isOn) {
      on.get(fault)?.remove();
      if (!isOn) return;
      const match = ({ path }: { path: string }): boolean =>
        fault === 'login' ? isLogin(path) : fault !== 'denied' || !isLogin(path);
      on.set(fault, proxy.rule({ match, action: faults[fault] }));
    },
    login: {
      count: () => proxy.requests.filter(({ path, status }) => isLogin(path) && status === 200).length,
      async revoke() {
        await vault.request('PUT', `sys/leases/revoke-prefix/auth/${login}`);
      },
    },
    [Symbol.asyncDispose]: () => proxy[Symbol.asyncDispose](),
  };
}

describe.each(['v1', 'v2'] as const)('KV %s', (version) => {
  conformance(plugin, () => realVault(version), {
    packageJson: new URL('../package.json', import.meta.url),
    content: 'fields',
    faults: ['login', 'denied', 'throttled', 'outage', 'hang'],
    login: true,
    retryAfter: true,
  });
});
