import type { ManagedFieldsEntry } from '../port.ts';
import { defineField, isRecord } from './merge-patch.ts';
import type { StoredObject } from './stored-object.ts';

/** Who writes. `applied` is the body of a server-side apply; without it the write is an update. */
export interface Writer {
  readonly manager: string;
  readonly applied?: StoredObject;
}

/** A key of one of the maps whose ownership is followed, as a path in the manner of `fieldsV1`. */
type FieldPath = string;

const separator = '\0';
const maps: readonly (readonly string[])[] = [['data'], ['metadata', 'labels'], ['metadata', 'annotations']];

/**
 * `managedFields` after a write. Ownership is followed where controllers read it: for the keys of `data`, of labels and
 * of annotations. An update owns what it added or changed; an apply owns what its body names; what is gone has no owner.
 */
export function managedFieldsAfter(
  before: StoredObject | undefined,
  after: StoredObject,
  writer: Writer,
): ManagedFieldsEntry[] {
  const old = fieldsOf(before);
  const current = fieldsOf(after);
  const taken = new Set([...current].filter(([path, value]) => old.get(path) !== value).map(([path]) => path));
  const operation = writer.applied ? 'Apply' : 'Update';
  const isMine = (entry: ManagedFieldsEntry) => entry.manager === writer.manager && entry.operation === operation;
  const own = new Set(writer.applied ? fieldsOf(writer.applied).keys() : taken);
  const earlier = before?.metadata.managedFields ?? [];
  const left = (entry: ManagedFieldsEntry) => [...ownedPaths(entry)].filter((path) => current.has(path));
  if (!writer.applied) for (const path of earlier.filter(isMine).flatMap(left)) own.add(path);
  const entries = earlier
    .filter((entry) => !isMine(entry))
    .map((entry) => ({ entry, kept: left(entry).filter((path) => !taken.has(path)) }))
    .filter(({ kept }) => kept.length > 0)
    .map(({ entry, kept }): ManagedFieldsEntry => ({ ...entry, fieldsV1: toFieldsV1(kept) }));
  if (own.size > 0) {
    const apiVersion = after.apiVersion ?? 'v1';
    entries.push({ manager: writer.manager, operation, apiVersion, fieldsV1: toFieldsV1([...own]) });
  }
  return entries;
}

/** Keys of `data`, labels and annotations that the manager applied once and that its new body no longer has. */
export function droppedByApply(before: StoredObject, body: StoredObject, manager: string): object {
  const wanted = fieldsOf(body);
  const dropped: Record<string, unknown> = {};
  for (const entry of before.metadata.managedFields ?? []) {
    if (entry.manager !== manager || entry.operation !== 'Apply') continue;
    for (const path of ownedPaths(entry)) {
      if (!wanted.has(path) && !isOwnedByOthers(before, path, manager)) place(dropped, path.split(separator), null);
    }
  }
  return dropped;
}

/** Managers, other than this one, that own a field to which the body gives another value. */
export function applyConflicts(before: StoredObject, body: StoredObject, manager: string): string[] {
  const current = fieldsOf(before);
  const changed = [...fieldsOf(body)].filter(([path, value]) => current.has(path) && current.get(path) !== value);
  const paths = new Set(changed.map(([path]) => path));
  const others = (before.metadata.managedFields ?? []).filter((entry) => entry.manager !== manager);
  const conflicting = others.filter((entry) => [...ownedPaths(entry)].some((path) => paths.has(path)));
  return conflicting.map((entry) => entry.manager ?? '');
}

/** Whether some manager other than this one owns a key of `data`. */
export function othersOwnData(object: StoredObject, manager: string): boolean {
  const others = (object.metadata.managedFields ?? []).filter((entry) => entry.manager !== manager);
  return others.some((entry) => entry.fieldsV1?.['f:data'] !== undefined);
}

function isOwnedByOthers(object: StoredObject, path: FieldPath, manager: string): boolean {
  const others = (object.metadata.managedFields ?? []).filter((entry) => entry.manager !== manager);
  return others.some((entry) => ownedPaths(entry).has(path));
}

function fieldsOf(object: StoredObject | undefined): Map<FieldPath, string> {
  const fields = new Map<FieldPath, string>();
  for (const steps of maps) {
    for (const [key, value] of Object.entries(mapAt(object, steps))) {
      fields.set([...steps, key].join(separator), JSON.stringify(value));
    }
  }
  return fields;
}

function ownedPaths(entry: ManagedFieldsEntry): Set<FieldPath> {
  const paths = new Set<FieldPath>();
  for (const steps of maps) {
    const owned = mapAt(
      entry.fieldsV1,
      steps.map((step) => `f:${step}`),
    );
    for (const key of Object.keys(owned)) paths.add([...steps, key.slice('f:'.length)].join(separator));
  }
  return paths;
}

function toFieldsV1(paths: readonly FieldPath[]): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const path of paths.toSorted()) {
    place(
      fields,
      path.split(separator).map((step) => `f:${step}`),
      {},
    );
  }
  return fields;
}

function mapAt(root: unknown, steps: readonly string[]): Record<string, unknown> {
  let value = root;
  for (const step of steps) value = isRecord(value) ? value[step] : undefined;
  return isRecord(value) ? value : {};
}

function place(root: Record<string, unknown>, steps: readonly string[], value: unknown): void {
  let at = root;
  for (const step of steps.slice(0, -1)) at = (at[step] ??= {}) as Record<string, unknown>;
  defineField(at, steps.at(-1) ?? '', value);
}
