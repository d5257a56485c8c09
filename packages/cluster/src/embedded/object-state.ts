import { isDeepStrictEqual } from 'node:util';
import type { ObjectMeta } from '../port.ts';
import { managedFieldsAfter, type Writer } from './managed-fields.ts';
import { mergePatch } from './merge-patch.ts';
import type { StoredObject } from './stored-object.ts';

export interface Write extends Writer {
  readonly subresource?: 'status' | undefined;
}

/** The part of the metadata that clients decide on. Empty lists and maps are left out, as the API server does. */
export function writable({
  labels,
  annotations,
  finalizers,
  ownerReferences,
  name,
  namespace,
}: ObjectMeta): ObjectMeta {
  return {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(labels && Object.keys(labels).length > 0 ? { labels } : {}),
    ...(annotations && Object.keys(annotations).length > 0 ? { annotations } : {}),
    ...(finalizers?.length ? { finalizers } : {}),
    ...(ownerReferences?.length ? { ownerReferences } : {}),
  };
}

/** `status` changes through its subresource and nothing else does. */
export function merged(before: StoredObject, after: StoredObject, subresource: 'status' | undefined): StoredObject {
  const { status: _before, ...fieldsBefore } = before;
  const { status: _after, ...fieldsAfter } = after;
  const status = subresource === 'status' ? after['status'] : before['status'];
  const own = status === undefined ? {} : { status };
  if (subresource === 'status') return { ...fieldsBefore, ...own };
  const { name, namespace, uid, creationTimestamp, generation, deletionTimestamp, managedFields } = before.metadata;
  const metadata = {
    ...writable(after.metadata),
    name,
    ...defined({ namespace, uid, creationTimestamp, generation, deletionTimestamp, managedFields }),
  };
  const { apiVersion, kind } = before;
  return { ...defined({ apiVersion, kind }), ...fieldsAfter, metadata, ...own };
}

function defined<T extends object>(fields: T): { [K in keyof T]: NonNullable<T[K]> } {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]: NonNullable<T[K]> };
}

export function ownersAfter(before: StoredObject, draft: StoredObject, write: Write): ObjectMeta['managedFields'] {
  return write.subresource === 'status' ? before.metadata.managedFields : managedFieldsAfter(before, draft, write);
}

export function nextGeneration(before: StoredObject, draft: StoredObject): { generation?: number } {
  const { generation } = before.metadata;
  if (generation === undefined || isDeepStrictEqual(content(before), content(draft))) return {};
  return { generation: generation + 1 };
}

export function withOwners(metadata: ObjectMeta, managedFields: ObjectMeta['managedFields']): ObjectMeta {
  const { managedFields: _old, ...rest } = metadata;
  return managedFields?.length ? { ...rest, managedFields } : rest;
}

/** The resource version of a patch's body is a precondition; without it there is none. The UID never changes. */
export function patched(before: StoredObject, body: object): StoredObject {
  const { resourceVersion: _version, uid, ...metadata } = before.metadata;
  const after = mergePatch({ ...before, metadata }, body) as StoredObject;
  return { ...after, metadata: { ...after.metadata, ...defined({ uid }) } };
}

/** Everything that a write may change. */
export function comparable(object: StoredObject): unknown {
  const { resourceVersion: _version, managedFields: _fields, ...metadata } = object.metadata;
  return JSON.parse(JSON.stringify({ ...object, metadata }));
}

/** What the generation counts. */
function content(object: StoredObject): unknown {
  const { metadata: _metadata, status: _status, ...fields } = object;
  return JSON.parse(JSON.stringify(fields));
}
