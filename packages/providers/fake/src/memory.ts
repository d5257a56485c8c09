import type { StoreInfo } from '@esox/core';

/**
 * What was written into fake stores, by store and key. It outlives a client, as a backend would, and is lost when the
 * process ends. A store of the same name in another namespace is another store.
 */
const written = new Map<string, Map<string, Uint8Array>>();

export function writtenTo({ kind, namespace, name }: StoreInfo): Map<string, Uint8Array> {
  const store = JSON.stringify([kind, namespace, name]);
  const entries = written.get(store) ?? new Map<string, Uint8Array>();
  written.set(store, entries);
  return entries;
}
