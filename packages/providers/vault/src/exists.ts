import type { Call, RemoteRef } from '@esox/core';
import type { VaultConfig } from './config.ts';
import { version1Data, version2Parts } from './documents.ts';
import { secretPath } from './paths.ts';
import { unlessAbsent } from './pushed-secret.ts';
import type { Vault } from './vault.ts';

/** Whether there is a secret, or this property of it. A property that is null is not there, as for a push. */
export async function exists(ref: RemoteRef, vault: Vault, config: VaultConfig, call: Call): Promise<boolean> {
  const at = secretPath(ref.key, 'data', config);
  const answer = await unlessAbsent(vault.read(at, call));
  const data = answer && (config.version === 'v1' ? version1Data(answer, at) : version2Parts(answer, at).data);
  if (!data) return false;
  return ref.property === undefined || (data[ref.property] ?? null) !== null;
}
