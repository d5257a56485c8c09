import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import { type Call, type Outcome, type ReadRef, Sealed, type SecretValue } from '@esox/core';
import { testHost, type TestHost, type TestHostOptions } from '@esox/provider-testkit';
import { testbed, type VaultAccess, waitUntil } from '@esox/testbed';
import { connect, type OpenBaoClient } from './client.ts';
import { config } from './config.ts';

// What the provider uses of OpenBao's protocol is Vault's, and so is the server.

export function call(): Call {
  return { signal: AbortSignal.timeout(20_000) };
}

/** A name that no other test uses. */
export function unique(what: string): string {
  return `${what}-${randomUUID().slice(0, 8)}`;
}

export interface TestClient extends AsyncDisposable {
  readonly client: OpenBaoClient;
  readonly host: TestHost;
  read(ref: ReadRef): Promise<string>;
  /** Key by key in the result, what is found there. */
  find(query: Parameters<OpenBaoClient['find']>[0]): Promise<Record<string, string>>;
}

/** A client as the operator makes it, that does not retry. With the root token unless told otherwise. */
export async function connectTo(
  settings: Partial<z.input<typeof config>> = {},
  options: TestHostOptions = {},
): Promise<TestClient> {
  const { url, rootToken } = testbed().vault;
  const retry = { maxRetries: 0, intervalMs: undefined };
  const secrets = { login: { token: rootToken }, ...options.secrets };
  const host = testHost({ ...options, secrets, store: { retry, ...options.store } });
  const auth = { tokenSecretRef: { name: 'login', key: 'token' } };
  const client = await connect(config.parse({ server: url, auth, ...settings }), host, call());
  const read = async (ref: ReadRef): Promise<string> => textOf((await client.read([ref], call()))[0]);
  return {
    client,
    host,
    read,
    async find(query) {
      const found: Record<string, string> = {};
      for await (const { key, ref } of client.find(query, call())) found[key] = await read(ref);
      return found;
    },
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await host[Symbol.asyncDispose]();
    },
  };
}

/** The document, or the code of the failure. */
function textOf(outcome: Outcome<SecretValue> | undefined): string {
  if (!outcome?.ok) return outcome?.error.code ?? 'no outcome';
  const { content } = outcome.value;
  return Sealed.is(content) ? content.openText() : 'several fields';
}

/** A new engine; its path. */
export async function newEngine(vault: VaultAccess, version: 'v1' | 'v2', path = unique('kv')): Promise<string> {
  await vault.write(`sys/mounts/${path}`, { type: 'kv', options: { version: version.slice(1) } });
  const probe = version === 'v1' ? `${path}/ready` : `${path}/data/ready`;
  // A new engine of version v2 refuses requests for a moment.
  await waitUntil(async () => (await vault.request('GET', probe)).status === 404, {
    what: 'the new engine takes requests',
    deadlineMs: 20_000,
  });
  return path;
}
