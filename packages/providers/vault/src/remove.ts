import type { Call, RemoteRef } from '@esox/core';
import { isEmpty, type PushedSecrets, without } from './pushed-secret.ts';

/**
 * Removes a secret, or a property of it, and the secret with its last one. What others own stays, and counts as removed.
 * A secret whose current version is deleted has no properties: its older versions stay for whoever undeletes them.
 */
export async function removeRef({ key, property }: RemoteRef, secrets: PushedSecrets, call: Call): Promise<void> {
  const found = await secrets.find(key, call);
  if (found.owner !== 'us') return;
  if (property === undefined) return await secrets.delete(key, found, call);
  const { document } = found;
  if (!document) return;
  const rest = without(document, property);
  if (isEmpty(rest)) return await secrets.delete(key, found, call);
  if (document[property] !== undefined) await secrets.put(key, rest, found, call);
}
