import { createHash } from 'node:crypto';
import { joinKey, type ObjectKey } from '../port.ts';
import { type Kind, kindId } from './stored-object.ts';

/** Follows from kind and name, so that what refers to an object of a manifest still does after a restart. */
export function manifestUid(kind: Kind, key: ObjectKey): string {
  const hash = createHash('sha256')
    .update(`esox manifest\0${kindId(kind)}\0${joinKey(key)}`)
    .digest();
  // The bits of a UUID of version 8: made by a scheme of one's own.
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x80;
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
  const hex = hash.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
}
