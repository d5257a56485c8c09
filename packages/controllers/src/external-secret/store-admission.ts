/**
 * How many objects of one store may be in work at once. What is over waits outside the queue's workers, so that a store
 * that hangs holds its own objects only.
 */
export class StoreAdmission {
  readonly #capacity: number;
  readonly #release: (key: string) => void;
  readonly #inside = new Map<string, number>();
  readonly #waiting = new Map<string, Set<string>>();

  /** `release` is told of each key that may try again. */
  constructor(capacity: number, release: (key: string) => void) {
    this.#capacity = capacity;
    this.#release = release;
  }

  /** False where one of the stores is full; the key is remembered and released later. */
  enter(key: string, storeIds: readonly string[]): boolean {
    const full = storeIds.find((id) => (this.#inside.get(id) ?? 0) >= this.#capacity);
    if (full !== undefined) {
      const waiting = this.#waiting.get(full) ?? new Set();
      this.#waiting.set(full, waiting.add(key));
      return false;
    }
    for (const id of storeIds) this.#inside.set(id, (this.#inside.get(id) ?? 0) + 1);
    return true;
  }

  leave(storeIds: readonly string[]): void {
    for (const id of storeIds) {
      const inside = (this.#inside.get(id) ?? 1) - 1;
      if (inside === 0) this.#inside.delete(id);
      else this.#inside.set(id, inside);
      const next = this.#waiting.get(id)?.values().next().value;
      if (next !== undefined) this.#admit(id, next);
    }
  }

  get waiting(): number {
    let count = 0;
    for (const keys of this.#waiting.values()) count += keys.size;
    return count;
  }

  #admit(id: string, key: string): void {
    const waiting = this.#waiting.get(id);
    waiting?.delete(key);
    if (waiting?.size === 0) this.#waiting.delete(id);
    this.#release(key);
  }
}
