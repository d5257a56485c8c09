import type { VaultAccess } from '@esox/testbed';
import { call, type TestClient, unique } from './vault-store.fixture.ts';

/** A secret in the engine `secret`, and a policy that may read it. */
export interface ReadableSecret {
  readonly key: string;
  readonly document: string;
  readonly policy: string;
}

export async function readableSecret(vault: VaultAccess): Promise<ReadableSecret> {
  const folder = unique('login');
  const policy = unique('reader');
  await vault.write(`secret/data/${folder}/app`, { data: { a: 'b' } });
  await vault.write(`sys/policies/acl/${policy}`, {
    policy: `path "secret/data/${folder}/*" { capabilities = ["read"] }`,
  });
  return { key: `${folder}/app`, document: '{"a":"b"}', policy };
}

export interface AppRole {
  readonly path: string;
  readonly roleId: string;
  readonly secretId: string;
}

/** An AppRole login of its own, whose tokens have the policy and live for an hour. */
export async function appRole(vault: VaultAccess, policy: string, settings: object = {}): Promise<AppRole> {
  const path = unique('approle');
  await vault.write(`sys/auth/${path}`, { type: 'approle' });
  await vault.write(`auth/${path}/role/app`, { token_policies: [policy], token_ttl: '1h', ...settings });
  const { data: role } = await vault.read(`auth/${path}/role/app/role-id`);
  const { data: secret } = await vault.write(`auth/${path}/role/app/secret-id`);
  return { path, roleId: String(role?.['role_id']), secretId: String(secret?.['secret_id']) };
}

/** The store's `auth`, with the secret ID in the Secret `app` under `secret-id`. */
export function appRoleAuth({ path, roleId }: Pick<AppRole, 'path' | 'roleId'>) {
  return { appRole: { path, roleId, secretRef: { name: 'app', key: 'secret-id' } } };
}

/** Why a key cannot be read; undefined where it can. */
export async function failureOf({ client }: TestClient, key: string): Promise<unknown> {
  try {
    const [outcome] = await client.read([{ key }], call());
    return outcome?.ok === false ? outcome.error : undefined;
  } catch (error) {
    return error;
  }
}
