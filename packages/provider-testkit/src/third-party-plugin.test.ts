import type { Plugin } from '@esox/core';
import type { Backend } from './backend.ts';
import { conformance } from './conformance.ts';

// The plugin that the loader's tests install: plain JavaScript, without types.
const folder = new URL('../../loader/fixtures/third-party-plugin/', import.meta.url);
const { default: plugin }: { readonly default: Plugin } = await import(new URL('index.js', folder).href);

async function ledger(): Promise<Backend> {
  const entries = new Map<string, string>();
  return {
    get config() {
      return { entries: Object.fromEntries(entries) };
    },
    async put(key, content) {
      entries.set(key, content instanceof Uint8Array ? Buffer.from(content).toString() : JSON.stringify(content));
    },
    async delete(key) {
      entries.delete(key);
    },
    async fail() {},
    async [Symbol.asyncDispose]() {},
  };
}

conformance(plugin, ledger, {
  packageJson: new URL('package.json', folder),
  content: 'text',
  faults: [],
  login: false,
});
