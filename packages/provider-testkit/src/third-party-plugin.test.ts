import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Plugin } from '@esox/core';
import { thirdPartyPlugin } from '@esox/testbed/plugins';
import type { Backend } from './backend.ts';
import { conformance } from './conformance.ts';

const file = (name: string) => pathToFileURL(join(thirdPartyPlugin, name));
const { default: plugin }: { readonly default: Plugin } = await import(file('index.js').href);

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
  packageJson: file('package.json'),
  content: 'text',
  faults: [],
  login: false,
});
