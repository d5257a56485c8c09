import type { Change } from '../port.ts';

export interface WatchedObject<T> {
  readonly uid: string | undefined;
  readonly resourceVersion: string;
  readonly value: T;
}

/**
 * The local copy of a list. Says what each step changed: an object with another UID is another object, and one with the
 * resource version that is known already is no change.
 */
export class WatchedObjects<T> {
  #objects = new Map<string, WatchedObject<T>>();

  get size(): number {
    return this.#objects.size;
  }

  get(key: string): T | undefined {
    return this.#objects.get(key)?.value;
  }

  find(key: string): WatchedObject<T> | undefined {
    return this.#objects.get(key);
  }

  *values(): Generator<T, void> {
    for (const { value } of this.#objects.values()) yield value;
  }

  *entries(): Generator<[string, T], void> {
    for (const [key, { value }] of this.#objects) yield [key, value];
  }

  /** Takes over a complete list in one step. */
  replace(objects: Map<string, WatchedObject<T>>): Change<T>[] {
    const before = this.#objects;
    this.#objects = objects;
    const changes: Change<T>[] = [];
    for (const [key, { value }] of before) if (!objects.has(key)) changes.push({ type: 'deleted', key, before: value });
    for (const [key, after] of objects) {
      const known = before.get(key);
      if (known !== undefined && isSame(known, after)) objects.set(key, known);
      else changes.push(...difference(key, known, after));
    }
    return changes;
  }

  set(key: string, object: WatchedObject<T>): Change<T>[] {
    const known = this.#objects.get(key);
    if (known !== undefined && isSame(known, object)) return [];
    this.#objects.set(key, object);
    return difference(key, known, object);
  }

  delete(key: string): Change<T>[] {
    const before = this.#objects.get(key);
    if (before === undefined) return [];
    this.#objects.delete(key);
    return [{ type: 'deleted', key, before: before.value }];
  }
}

function isSame<T>(one: WatchedObject<T>, other: WatchedObject<T>): boolean {
  return one.uid === other.uid && one.resourceVersion === other.resourceVersion;
}

function difference<T>(key: string, before: WatchedObject<T> | undefined, after: WatchedObject<T>): Change<T>[] {
  const added: Change<T> = { type: 'added', key, after: after.value };
  if (before === undefined) return [added];
  if (before.uid !== after.uid) return [{ type: 'deleted', key, before: before.value }, added];
  return [{ type: 'updated', key, before: before.value, after: after.value }];
}
