import type { JsonObject, JsonValue } from '@esox/provider-kit';
import { isJsonObject } from '@esox/provider-kit';

/** What marks a secret that a push has made, in its custom metadata. ESO's own, so that either may take over. */
export const mark: JsonObject = { 'managed-by': 'external-secrets' };

/** Member of a version v1 secret that stands for the custom metadata which that version does not have. */
export const markMember = 'custom_metadata';

export function isMarked(customMetadata: JsonValue | undefined): boolean {
  return isJsonObject(customMetadata) && customMetadata['managed-by'] === 'external-secrets';
}
