import type { KubernetesObject, ObjectKey, ResourceType } from '../port.ts';

/** An object as the store holds it. It is never changed in place: a write puts a new one there. */
export interface StoredObject extends KubernetesObject {
  readonly [field: string]: unknown;
}

/** What of a resource type matters here: a manifest does not tell the plural. */
export type Kind = Omit<ResourceType, 'plural'>;

/** Kinds are one, whichever version they are written in. */
export function kindId(kind: Kind): string {
  return `${kind.group}/${kind.kind}`;
}

export function describe(kind: Kind, key: ObjectKey): string {
  return key.namespace ? `${kind.kind} "${key.namespace}/${key.name}"` : `${kind.kind} "${key.name}"`;
}

export function apiVersionOf(kind: Kind): string {
  return kind.group === '' ? kind.version : `${kind.group}/${kind.version}`;
}

/** A copy that the caller may change. */
export function copyOf<T>(object: T): T {
  return structuredClone(object);
}
