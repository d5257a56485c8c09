import { ProviderError } from '@esox/core';
import type { JsonObject } from '@esox/provider-kit';
import type { VaultConfig } from './config.ts';
import { version1Data } from './documents.ts';
import { isMarked, mark, markMember } from './ownership.ts';
import { secretPath } from './paths.ts';
import { isEqualAsText, type PushedSecrets, unlessAbsent, without } from './pushed-secret.ts';
import type { Vault } from './vault.ts';

/** Version v1 has no metadata: the mark is a member of the secret itself. */
export function pushedSecretsOfVersion1(vault: Vault, config: VaultConfig): PushedSecrets {
  return {
    async find(key, call) {
      const at = secretPath(key, 'data', config);
      const answer = await unlessAbsent(vault.read(at, call));
      if (!answer) return { document: undefined, owner: 'nobody' };
      const data = version1Data(answer, at);
      return { document: without(data, markMember), owner: isMarked(data[markMember]) ? 'us' : 'others' };
    },
    async put(key, document, _, call) {
      if (document[markMember] !== undefined) throw reserved(key);
      await vault.write(secretPath(key, 'data', config), { ...document, [markMember]: mark }, call);
    },
    delete: (key, _, call) => vault.delete(secretPath(key, 'data', config), call),
    isEqual: (left: JsonObject, right: JsonObject) => isEqualAsText(left, right),
  };
}

function reserved(key: string): ProviderError {
  return new ProviderError(
    'invalid-ref',
    `key ${JSON.stringify(key)}: ${markMember} cannot be pushed to version v1 of the KV secrets engine, where this ` +
      'member says who owns the secret; push it under another name',
  );
}
