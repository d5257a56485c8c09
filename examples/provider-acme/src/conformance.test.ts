import { type Backend, conformance, faultServer } from '@esox/provider-testkit';
import { AcmeServer } from './acme-server.fixture.ts';
import plugin from './index.ts';

async function acme(): Promise<Backend> {
  const server = await AcmeServer.start();
  const proxy = await faultServer(server.url);
  const answers = {
    login: { status: 401 },
    denied: { status: 403 },
    throttled: { status: 429, headers: { 'retry-after': '3' } },
    outage: { status: 503 },
    hang: 'hang',
  } as const;
  return {
    config: { server: proxy.url, user: 'esox', passwordSecretRef: { name: 'login', key: 'password' } },
    objects: { secrets: { login: { password: server.password } } },
    async put(key, content) {
      server.put(key, content as Uint8Array);
    },
    async delete(key) {
      server.secrets.delete(key);
    },
    async fail(fault, on) {
      proxy.inject(on ? answers[fault] : undefined, (_, path) => {
        if (fault === 'login') return path === '/login';
        return fault !== 'denied' || path !== '/login';
      });
    },
    login: {
      count: () => server.logins,
      async revoke() {
        server.endSessions();
      },
    },
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

conformance(plugin, acme, {
  packageJson: new URL('../package.json', import.meta.url),
  content: 'bytes',
  faults: ['login', 'denied', 'throttled', 'outage', 'hang'],
  login: true,
  retryAfter: true,
});
