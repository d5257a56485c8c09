import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Parsed } from '@esox/api';
import { ClusterError } from '../errors.ts';
import { type DeletePreconditions, joinKey, type ObjectKey, type ObjectMeta, type Patch } from '../port.ts';
import { applyConflicts, droppedByApply, managedFieldsAfter } from './managed-fields.ts';
import { checkKindRules, checkNames, InvalidObjectError, withKindDefaults } from './object-rules.ts';
import {
  comparable,
  merged,
  nextGeneration,
  ownersAfter,
  patched,
  withOwners,
  type Write,
  writable,
} from './object-state.ts';
import { apiVersionOf, copyOf, describe, type Kind, kindId, type StoredObject } from './stored-object.ts';

export interface StoreChange {
  readonly kind: Kind;
  readonly key: string;
  readonly before: StoredObject | undefined;
  readonly after: StoredObject | undefined;
}

export interface ObjectStoreOptions {
  readonly now: () => number;
  /** Admission: checks and defaults an object of any kind. */
  readonly validate: (object: StoredObject) => Parsed<StoredObject>;
  /** Makes a change durable before anybody sees it. Throws a ClusterError where it cannot: the change is off then. */
  readonly persist: (change: StoreChange) => void;
}

/** What an object that was there before brings along; a new one gets a random UID and generation 1. */
export interface Past {
  readonly uid?: string | undefined;
  readonly generation?: number | undefined;
  readonly creationTimestamp?: string | undefined;
  readonly managedFields?: ObjectMeta['managedFields'];
  readonly status?: unknown;
}

const namespaces: Kind = { group: '', version: 'v1', kind: 'Namespace', namespaced: false };

/**
 * Objects in memory, with what the API server promises of them: UIDs, resource versions, generations, conflicts, status
 * apart from spec, finalizers, ownership of fields. Every kind has a status subresource, and those of named groups
 * have a generation. What is returned is the store's own: copy before changing it.
 */
export class ObjectStore {
  readonly #options: ObjectStoreOptions;
  readonly #kinds = new Map<string, Map<string, StoredObject>>();
  readonly #types = new Map<string, Kind>();
  readonly #uids = new Set<string>();
  readonly #listeners = new Set<(change: StoreChange) => void>();
  #version = 0;

  constructor(options: ObjectStoreOptions) {
    this.#options = options;
  }

  get(kind: Kind, key: ObjectKey): StoredObject | undefined {
    return this.#kinds.get(kindId(kind))?.get(joinKey(key));
  }

  values(kind: Kind): readonly StoredObject[] {
    return [...(this.#kinds.get(kindId(kind))?.values() ?? [])];
  }

  hasUid(uid: string): boolean {
    return this.#uids.has(uid);
  }

  *all(): Iterable<{ kind: Kind; object: StoredObject }> {
    for (const [id, objects] of this.#kinds) {
      const kind = this.#types.get(id);
      if (kind) for (const object of objects.values()) yield { kind, object };
    }
  }

  /** Called within the write, in order. A listener must not write and must not throw. */
  subscribe(listener: (change: StoreChange) => void): void {
    this.#listeners.add(listener);
  }

  create(kind: Kind, object: StoredObject, write: Write, past: Past = {}): StoredObject {
    const { name, namespace } = object.metadata;
    checkNames(kind, object.metadata);
    const key = { name, ...(kind.namespaced ? { namespace } : {}) };
    if (this.get(kind, key)) {
      throw new ClusterError('already-exists', `create ${describe(kind, key)}: it exists already`, { status: 409 });
    }
    const { status: _status, ...fields } = copyOf(object);
    const metadata: ObjectMeta = { ...writable(fields.metadata), ...key, ...this.#stamps(kind, past) };
    const status = past.status === undefined ? {} : { status: past.status };
    const draft = this.admit(kind, undefined, {
      apiVersion: apiVersionOf(kind),
      kind: kind.kind,
      ...fields,
      metadata,
      ...status,
    });
    const managedFields = past.managedFields ?? managedFieldsAfter(undefined, draft, write);
    if (kind.namespaced && namespace !== undefined) this.ensureNamespace(namespace);
    return this.#commit(kind, undefined, { ...draft, metadata: withOwners(draft.metadata, managedFields) });
  }

  /** What the server gives to a new object, or gave to it before a restart. */
  #stamps(kind: Kind, past: Past): Partial<ObjectMeta> {
    return {
      uid: past.uid ?? randomUUID(),
      creationTimestamp: past.creationTimestamp ?? this.#timestamp(),
      ...(kind.group === '' ? {} : { generation: past.generation ?? 1 }),
    };
  }

  /** `object` replaces what is there; its UID and resource version, where it has them, are preconditions. */
  replace(kind: Kind, object: StoredObject, write: Write): StoredObject {
    const before = this.#existing(kind, object.metadata, 'update');
    checkPreconditions(kind, before, object.metadata, 'update');
    const draft = this.admit(kind, before, merged(before, copyOf(object), write.subresource));
    const managedFields = ownersAfter(before, draft, write);
    if (isDeepStrictEqual(comparable(before), comparable(draft))) {
      // An update that changes nothing owns nothing; an apply owns what it names.
      if (!write.applied || isDeepStrictEqual(managedFields, before.metadata.managedFields)) return before;
    }
    const metadata = { ...draft.metadata, ...nextGeneration(before, draft) };
    const after = { ...draft, metadata: withOwners(metadata, managedFields) };
    const isDone = after.metadata.deletionTimestamp !== undefined && !after.metadata.finalizers?.length;
    if (isDone) return this.#remove(kind, after);
    return this.#commit(kind, before, after);
  }

  patch(kind: Kind, key: ObjectKey, patch: Patch, write: Write): StoredObject {
    const body = copyOf(patch.body) as StoredObject;
    if (patch.type === 'apply') return this.#apply(kind, key, { body, force: patch.force === true }, write);
    const before = this.#existing(kind, key, 'patch');
    checkPatchedUid(kind, before, body, write);
    return this.replace(kind, patched(before, body), write);
  }

  /** False when it is gone already. An object with finalizers stays until they are taken off. */
  delete(kind: Kind, key: ObjectKey, preconditions?: DeletePreconditions): boolean {
    const before = this.get(kind, key);
    if (!before) return false;
    if (preconditions) checkPreconditions(kind, before, preconditions, 'delete');
    if (!before.metadata.finalizers?.length) {
      this.#remove(kind, before);
    } else if (before.metadata.deletionTimestamp === undefined) {
      const metadata = { ...before.metadata, deletionTimestamp: this.#timestamp() };
      this.#commit(kind, before, { ...before, metadata });
    }
    return true;
  }

  /** The draft with its defaults. Throws an InvalidObjectError. */
  admit(kind: Kind, before: StoredObject | undefined, draft: StoredObject): StoredObject {
    const defaulted = withKindDefaults(kind, draft);
    const parsed = this.#options.validate(defaulted);
    if (!parsed.ok) {
      const problems = parsed.problems.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
      const message = `${describe(kind, draft.metadata)} is invalid: ${problems.join('; ')}`;
      throw new InvalidObjectError(message, parsed.problems);
    }
    checkKindRules(kind, before, parsed.value);
    return parsed.value;
  }

  /** Nobody creates namespaces here: each that is named exists. */
  ensureNamespace(name: string): void {
    if (this.get(namespaces, { name })) return;
    this.create(namespaces, { metadata: { name } }, { manager: 'esox' });
  }

  #apply(kind: Kind, key: ObjectKey, apply: { body: StoredObject; force: boolean }, write: Write): StoredObject {
    const { body, force } = apply;
    const before = this.get(kind, key);
    const metadata = { ...body.metadata, ...key } as ObjectMeta;
    const applied = withKindDefaults(kind, { ...body, metadata });
    if (!before && write.subresource !== 'status') return this.create(kind, applied, { ...write, applied });
    const existing = before ?? this.#existing(kind, key, 'apply');
    const conflicts = force ? [] : applyConflicts(existing, applied, write.manager);
    if (conflicts.length > 0) {
      throw conflict(
        `apply ${describe(kind, key)}: fields are managed by ${conflicts.join(', ')}; force takes them over`,
      );
    }
    const dropped = droppedByApply(existing, applied, write.manager);
    return this.replace(kind, patched(patched(existing, dropped), applied), { ...write, applied });
  }

  #existing(kind: Kind, key: ObjectKey, verb: string): StoredObject {
    const object = this.get(kind, kind.namespaced ? key : { name: key.name });
    if (object) return object;
    throw new ClusterError('not-found', `${verb} ${describe(kind, key)}: it does not exist`, { status: 404 });
  }

  #commit(kind: Kind, before: StoredObject | undefined, draft: StoredObject): StoredObject {
    const resourceVersion = String(this.#version + 1);
    const after = { ...draft, metadata: { ...draft.metadata, resourceVersion } };
    const key = joinKey(after.metadata);
    const change = { kind, key, before, after };
    this.#options.persist(change);
    this.#version++;
    const id = kindId(kind);
    const objects = this.#kinds.get(id) ?? new Map<string, StoredObject>();
    this.#kinds.set(id, objects.set(key, after));
    this.#types.set(id, kind);
    this.#uids.add(after.metadata.uid ?? '');
    this.#tell(change);
    return after;
  }

  #remove(kind: Kind, last: StoredObject): StoredObject {
    const key = joinKey(last.metadata);
    const change = { kind, key, before: this.get(kind, last.metadata) ?? last, after: undefined };
    this.#options.persist(change);
    this.#version++;
    this.#kinds.get(kindId(kind))?.delete(key);
    this.#uids.delete(last.metadata.uid ?? '');
    this.#tell(change);
    return last;
  }

  #tell(change: StoreChange): void {
    for (const listener of this.#listeners) listener(change);
  }

  /** As Kubernetes writes times: whole seconds. */
  #timestamp(): string {
    return `${new Date(this.#options.now()).toISOString().slice(0, 19)}Z`;
  }
}

function checkPreconditions(
  kind: Kind,
  before: StoredObject,
  wanted: { readonly uid?: string; readonly resourceVersion?: string },
  verb: string,
): void {
  const { uid, resourceVersion } = before.metadata;
  if (wanted.uid !== undefined && wanted.uid !== uid) {
    throw conflict(`${verb} ${describe(kind, before.metadata)}: another object has this name now; read it again`);
  }
  if (wanted.resourceVersion !== undefined && wanted.resourceVersion !== resourceVersion) {
    throw conflict(`${verb} ${describe(kind, before.metadata)}: it was changed meanwhile; read it again`);
  }
}

/** The API server takes another UID for an attempt to change it, and overlooks it beside a status. */
function checkPatchedUid(kind: Kind, before: StoredObject, body: Partial<StoredObject>, write: Write): void {
  const uid = body.metadata?.uid;
  if (write.subresource === 'status' || uid === undefined || uid === before.metadata.uid) return;
  const message = `patch ${describe(kind, before.metadata)}: the UID cannot be changed; another object may have the name now`;
  throw new InvalidObjectError(message, [{ path: 'metadata.uid', message: 'cannot be changed' }]);
}

function conflict(message: string): ClusterError {
  return new ClusterError('conflict', message, { status: 409 });
}
