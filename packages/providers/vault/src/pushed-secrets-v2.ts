import { type Call, ProviderError } from '@esox/core';
import { JsonNumber, type JsonObject } from '@esox/provider-kit';
import type { VaultConfig } from './config.ts';
import { customMetadata, metadataOf, version2Parts } from './documents.ts';
import { isMarked, mark } from './ownership.ts';
import { type KvPath, misplacedMetadataPath, secretPath } from './paths.ts';
import { type FoundState, isEqualAsFloats, type PushedSecrets, unlessAbsent } from './pushed-secret.ts';
import type { Vault } from './vault.ts';

interface Found extends FoundState {
  /** Number of the current version, deleted or not; 0 where there is none. */
  readonly version: number;
}

/** Version v2: who owns a secret stands in its metadata, which is there also when its current version is deleted. */
export function pushedSecretsOfVersion2(vault: Vault, config: VaultConfig): PushedSecrets<Found> {
  const { metadata, document, misplacedMark } = reader(vault, config);
  const path = (key: string, branch: 'data' | 'metadata') => secretPath(key, branch, config);

  async function writeData(key: string, data: JsonObject, { version }: Found, call: Call): Promise<void> {
    const options = config.checkAndSet?.required ? { options: { cas: new JsonNumber(String(version)) } } : {};
    try {
      await vault.write(path(key, 'data'), { data, ...options }, call);
    } catch (error) {
      // A retry after a lost answer meets its own write.
      if (isConflict(error) && isWritten(await document(key, call), data)) return;
      throw error;
    }
  }

  /** Takes the mark off a secret that Vault has refused to create, if it can: what it was refused for is what counts. */
  async function unmark(key: string, call: Call): Promise<void> {
    try {
      const found = await metadata(key, call);
      if (!found) return;
      if (versionOf(found) === 0) await vault.delete(path(key, 'metadata'), call);
      else await vault.write(path(key, 'metadata'), { custom_metadata: {} }, call);
    } catch {
      call.signal.throwIfAborted();
    }
  }

  return {
    async find(key, call) {
      const found = await metadata(key, call);
      if (!found) return { document: undefined, owner: 'nobody', version: 0 };
      const ours = isMarked(customMetadata(found)) || (await misplacedMark(key, call)) !== undefined;
      if (!ours) return { document: undefined, owner: 'others', version: versionOf(found) };
      return { document: await document(key, call), owner: 'us', version: versionOf(found) };
    },
    // The mark goes first: a value without it, left by an operator that was killed in between, could never be changed.
    async put(key, data, found, call) {
      await vault.write(path(key, 'metadata'), { custom_metadata: mark }, call);
      try {
        await writeData(key, data, found, call);
      } catch (error) {
        if (found.owner === 'nobody' && isRefusal(error)) await unmark(key, call);
        throw error;
      }
    },
    async delete(key, _, call) {
      await vault.delete(path(key, 'data'), call);
      await vault.delete(path(key, 'metadata'), call);
      const misplaced = await misplacedMark(key, call);
      if (misplaced) await vault.delete(misplaced, call);
    },
    isEqual: isEqualAsFloats,
  };
}

/** What is there; undefined for what is not. */
function reader(vault: Vault, config: VaultConfig) {
  async function metadataAt(at: KvPath, call: Call): Promise<JsonObject | undefined> {
    const answer = await unlessAbsent(vault.read(at, call));
    return answer && metadataOf(answer, at);
  }

  return {
    metadata: (key: string, call: Call) => metadataAt(secretPath(key, 'metadata', config), call),
    async document(key: string, call: Call): Promise<JsonObject | undefined> {
      const at = secretPath(key, 'data', config);
      const answer = await unlessAbsent(vault.read(at, call));
      return answer && version2Parts(answer, at).data;
    },
    /** Where ESO marked a secret whose key repeats the path of the engine. */
    async misplacedMark(key: string, call: Call): Promise<KvPath | undefined> {
      const at = misplacedMetadataPath(key, config);
      const found = at && (await metadataAt(at, call));
      return found && isMarked(customMetadata(found)) ? at : undefined;
    },
  };
}

function isWritten(written: JsonObject | undefined, data: JsonObject): boolean {
  return written !== undefined && isEqualAsFloats(written, data);
}

function versionOf({ current_version: version }: JsonObject): number {
  return version instanceof JsonNumber ? Number(version.source) : 0;
}

function isConflict(error: unknown): boolean {
  return ProviderError.is(error) && error.code === 'conflict';
}

/** Whether nothing can have been written: after any other failure that is not known. */
function isRefusal(error: unknown): boolean {
  return ProviderError.is(error) && ['conflict', 'denied', 'invalid-config', 'invalid-ref'].includes(error.code);
}
