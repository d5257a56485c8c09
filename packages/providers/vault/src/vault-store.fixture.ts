import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import { type Call, type Outcome, type ReadRef, Sealed, type SecretValue } from '@esox/core';
import { testHost, type TestHost, type TestHostOptions } from '@esox/provider-testkit';
import type { VaultAccess } from '@esox/testbed';
import { connect, type VaultClient } from './client.ts';
import { config } from './config.ts';

export function call(): Call {
  return { signal: AbortSignal.timeout(20_000) };
}

/** A name that no other test uses. */
export function unique(what: string): string {
  return `${what}-${randomUUID().slice(0, 8)}`;
}

export interface TestClient extends AsyncDisposable {
  readonly client: VaultClient;
  readonly host: TestHost;
  read(ref: ReadRef): Promise<string>;
  /** What is found and can be read, as the engine does it. */
  find(query: Parameters<VaultClient['find']>[0]): Promise<Record<string, string>>;
}

/** A client as the operator makes it, that does not retry unless the test says so. */
export async function connectTo(settings: z.input<typeof config>, options: TestHostOptions = {}): Promise<TestClient> {
  const retry = { maxRetries: 0, intervalMs: undefined };
  const host = testHost({ ...options, store: { retry, ...options.store } });
  const client = await connect(config.parse(settings), host, call());
  return {
    client,
    host,
    async read(ref) {
      const [outcome] = await client.read([ref], call());
      return textOf(outcome);
    },
    async find(query) {
      const found: Record<string, string> = {};
      for await (const secret of client.find(query, call())) {
        const [outcome] = await client.read([secret.ref], call());
        const isGone = outcome?.ok === false && outcome.error.code === 'not-found';
        if (!isGone) found[secret.key] = textOf(outcome);
      }
      return found;
    },
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await host[Symbol.asyncDispose]();
    },
  };
}

/** With the root token, for tests that are not about logins. */
export async function connectAsRoot(
  vault: Pick<VaultAccess, 'url' | 'rootToken'>,
  settings: Partial<z.input<typeof config>> = {},
  options: TestHostOptions = {},
): Promise<TestClient> {
  const auth = { tokenSecretRef: { name: 'vault-token', key: 'token' } };
  const secrets = { 'vault-token': { token: vault.rootToken } };
  return await connectTo({ server: vault.url, path: 'secret', auth, ...settings }, { secrets, ...options });
}

/** The document, or the code of the failure. */
export function textOf(outcome: Outcome<SecretValue> | undefined): string {
  if (!outcome) return 'no outcome';
  return outcome.ok ? documentOf(outcome.value) : outcome.error.code;
}

function documentOf({ content }: SecretValue): string {
  return Sealed.is(content) ? content.openText() : 'several fields';
}

/** Writes a body as it is, so that the digits of its numbers arrive. */
export async function putRaw(vault: VaultAccess, path: string, body: string): Promise<void> {
  const response = await fetch(`${vault.url}/v1/${path}`, {
    method: 'PUT',
    headers: { 'x-vault-token': vault.rootToken },
    body,
  });
  if (!response.ok) throw new Error(`Vault answered ${response.status} to PUT ${path}`);
}

/** A token with just these rights. */
export async function tokenFor(vault: VaultAccess, policy: string, more: object = {}): Promise<string> {
  const name = unique('policy');
  await vault.write(`sys/policies/acl/${name}`, { policy });
  const { auth } = await vault.write('auth/token/create', { policies: [name], ttl: '1h', ...more });
  if (!auth) throw new Error('Vault made no token');
  return auth.client_token;
}
