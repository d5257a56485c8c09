import { createHmac, createSecretKey, randomBytes } from 'node:crypto';

// Of this process only: a plain hash of a value could be guessed from outside.
const key = createSecretKey(randomBytes(32));

/** A change token for a backend that has no versions: equal for equal bytes, within one process. Safe to log. */
export function changeToken(bytes: Uint8Array): string {
  return createHmac('sha256', key).update(bytes).digest('base64url');
}
