import { type Call, ProviderError, type ReadRef, type SecretValue } from '@esox/core';
import type { AbsenceRule } from './absence.ts';
import type { VaultConfig } from './config.ts';
import { metadataValue, version1Value, version2Value } from './documents.ts';
import { secretPath } from './paths.ts';
import type { Vault } from './vault.ts';

/** Rejects with `not-found` only where the secret, or the version asked for, is known to be gone. */
export type ReadSecret = (ref: ReadRef, call: Call) => Promise<SecretValue>;

export function secretReader(vault: Vault, absence: AbsenceRule, config: VaultConfig): ReadSecret {
  async function readVersion1({ key, metadata }: ReadRef, call: Call): Promise<SecretValue> {
    if (metadata) {
      throw new ProviderError(
        'not-supported',
        `metadataPolicy Fetch of key ${JSON.stringify(key)}: version v1 of the KV secrets engine keeps no metadata`,
      );
    }
    // A version v1 engine keeps one version, so `version` is not looked at.
    const at = secretPath(key, 'data', config);
    return version1Value(await vault.read(at, call), at);
  }

  async function readVersion2({ key, version }: ReadRef, call: Call): Promise<SecretValue> {
    if (version !== undefined && !/^\d+$/.test(version)) {
      throw new ProviderError(
        'invalid-ref',
        `version ${JSON.stringify(version)} of key ${JSON.stringify(key)} is not a number, as versions in Vault are`,
      );
    }
    const at = secretPath(key, 'data', config);
    const value = version2Value(await vault.read(at, call, version), at);
    absence.sawVersion2(at.engine);
    if (value) return value;
    throw new ProviderError('not-found', `the value at ${at.path} in Vault is deleted`);
  }

  async function readMetadata({ key }: ReadRef, call: Call): Promise<SecretValue> {
    const at = secretPath(key, 'metadata', config);
    return metadataValue(await vault.read(at, call), at);
  }

  return async (ref, call) => {
    if (config.version === 'v1') return await readVersion1(ref, call);
    return ref.metadata ? await readMetadata(ref, call) : await readVersion2(ref, call);
  };
}
