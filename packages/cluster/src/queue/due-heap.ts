export interface HeapItem {
  /** When it is due. Change it through `DueHeap.put` only. */
  dueAt: number;
  /** Where the heap keeps it; -1 when it is not in the heap. */
  heapIndex: number;
}

/** A binary heap, the soonest first, whose items know their place, so that one can be moved or taken out. */
export class DueHeap<T extends HeapItem> {
  readonly #items: T[] = [];

  get size(): number {
    return this.#items.length;
  }

  peek(): T | undefined {
    return this.#items[0];
  }

  /** Adds the item, or moves it to its new time. */
  put(item: T, dueAt: number): void {
    item.dueAt = dueAt;
    if (item.heapIndex < 0) item.heapIndex = this.#items.push(item) - 1;
    this.#settle(item);
  }

  remove(item: T): void {
    const index = item.heapIndex;
    if (index < 0) return;
    item.heapIndex = -1;
    const last = this.#items.pop();
    if (last === undefined || last === item) return;
    this.#set(index, last);
    this.#settle(last);
  }

  #settle(item: T): void {
    this.#rise(item);
    this.#sink(item);
  }

  #rise(item: T): void {
    while (item.heapIndex > 0) {
      const parent = this.#items[(item.heapIndex - 1) >> 1];
      if (parent === undefined || parent.dueAt <= item.dueAt) return;
      this.#swap(item, parent);
    }
  }

  #sink(item: T): void {
    for (;;) {
      const left = this.#items[2 * item.heapIndex + 1];
      const right = this.#items[2 * item.heapIndex + 2];
      const child = left !== undefined && right !== undefined && right.dueAt < left.dueAt ? right : left;
      if (child === undefined || child.dueAt >= item.dueAt) return;
      this.#swap(item, child);
    }
  }

  #swap(one: T, other: T): void {
    const index = one.heapIndex;
    this.#set(other.heapIndex, one);
    this.#set(index, other);
  }

  #set(index: number, item: T): void {
    this.#items[index] = item;
    item.heapIndex = index;
  }
}
