import { type Backend, conformance, type Content } from '@esox/provider-testkit';
import { config, type FakeConfig } from './config.ts';
import plugin from './index.ts';

/** The store itself is the backend: what is put stands in its configuration. */
async function fakeStore(): Promise<Backend> {
  const values = new Map<string, string>();
  return {
    get config(): FakeConfig {
      return config.parse({ data: [...values].map(([key, value]) => ({ key, value })) });
    },
    async put(key, content) {
      values.set(key, textOf(content));
    },
    async delete(key) {
      values.delete(key);
    },
    async fail() {},
    async [Symbol.asyncDispose]() {},
  };
}

function textOf(content: Content): string {
  return content instanceof Uint8Array ? Buffer.from(content).toString() : JSON.stringify(content);
}

conformance(plugin, fakeStore, {
  packageJson: new URL('../package.json', import.meta.url),
  content: 'text',
  faults: [],
  login: false,
  keepsRemoved: true,
  guardsOthers: true,
});
