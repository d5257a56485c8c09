/**
 * How many objects of one store may be in work at once. What is over waits outside the queue's workers, so that a store
 * that hangs holds its own objects only.
 */
export class StoreAdmission {
  readonly #capacity: number;
  readonly #release: (key: string) => void;
  readonly #inside = new Map<string, number>();
  readonly #waiting = new Map<string, Set<string>>();
  /** Which store a key waits for. */
  readonly #waitsFor = new Map<string, string>();
  /** Keys that were told to come again, and the store that has a place for them. */
  readonly #released = new Map<string, string>();

  /** `release` is told of each key that may try again; it must come again, whatever has become of it. */
  constructor(capacity: number, release: (key: string) => void) {
    this.#capacity = capacity;
    this.#release = release;
  }

  /** False where one of the stores is full; the key is remembered and released later. */
  enter(key: string, storeIds: readonly string[]): boolean {
    const full = storeIds.find((id) => !this.#hasPlace(id));
    if (this.#waitsFor.get(key) !== full) {
      this.#stopWaiting(key);
      if (full !== undefined) this.#wait(key, full);
    }
    if (full === undefined) for (const id of storeIds) this.#inside.set(id, (this.#inside.get(id) ?? 0) + 1);
    this.#passOn(key);
    return full === undefined;
  }

  leave(storeIds: readonly string[]): void {
    for (const id of storeIds) {
      const inside = (this.#inside.get(id) ?? 1) - 1;
      if (inside === 0) this.#inside.delete(id);
      else this.#inside.set(id, inside);
      this.#releaseNext(id);
    }
  }

  get waiting(): number {
    return this.#waitsFor.size;
  }

  #hasPlace(id: string): boolean {
    return (this.#inside.get(id) ?? 0) < this.#capacity;
  }

  #wait(key: string, id: string): void {
    const waiting = this.#waiting.get(id) ?? new Set();
    this.#waiting.set(id, waiting.add(key));
    this.#waitsFor.set(key, id);
  }

  #stopWaiting(key: string): void {
    const id = this.#waitsFor.get(key);
    if (id === undefined) return;
    this.#waitsFor.delete(key);
    const waiting = this.#waiting.get(id);
    waiting?.delete(key);
    if (waiting?.size === 0) this.#waiting.delete(id);
  }

  /** It may have been deleted, got another store or met another full one: the next may have the place then. */
  #passOn(key: string): void {
    const id = this.#released.get(key);
    if (id === undefined) return;
    this.#released.delete(key);
    this.#releaseNext(id);
  }

  #releaseNext(id: string): void {
    const next = this.#waiting.get(id)?.values().next().value;
    if (next === undefined || !this.#hasPlace(id)) return;
    this.#stopWaiting(next);
    this.#released.set(next, id);
    this.#release(next);
  }
}
