import { type Call, ProviderError } from '@esox/core';
import { isJsonObject, type JsonObject } from '@esox/provider-kit';
import type { OpenVault, VaultConfig } from '@esox/provider-vault';

/** Rejects unless the engine of the store is there, and is what the store says. */
export async function checkEngine(
  vault: OpenVault['vault'],
  { path, version }: VaultConfig & { path: string },
  call: Call,
): Promise<void> {
  const { type, options } = await mount(vault, path, call);
  if (type !== 'kv') {
    const found = typeof type === 'string' ? type : 'nothing';
    throw new ProviderError('invalid-config', `expected mount type "kv" found "${found}" at ${path}: correct path`);
  }
  const expected = version.slice(1);
  // An engine without options is of version 1.
  const found = isJsonObject(options) && typeof options['version'] === 'string' ? options['version'] : '1';
  if (found === expected) return;
  throw new ProviderError(
    'invalid-config',
    `expected kv engine version ${expected} found version ${found} at ${path}: correct version in the store`,
  );
}

async function mount(vault: OpenVault['vault'], path: string, call: Call): Promise<JsonObject> {
  try {
    const { data } = await vault.read({ engine: path, path: `sys/mounts/${path}` }, call);
    return isJsonObject(data) ? data : {};
  } catch (error) {
    throw explained(error, path);
  }
}

function explained(error: unknown, path: string): ProviderError {
  const failure = ProviderError.from(error, `reading sys/mounts/${path}`);
  // It is answered as a malformed request.
  if (failure.code === 'invalid-ref' || failure.code === 'not-found') {
    return new ProviderError('invalid-config', `there is no secrets engine at ${path}: correct path in the store`);
  }
  if (failure.code !== 'denied') return failure;
  return new ProviderError(
    'denied',
    `the policies of this login do not allow "read" on sys/mounts/${path}, which shows what engine is there; allow it`,
  );
}
