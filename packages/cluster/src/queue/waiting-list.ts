import type { QueueClass } from './queue.ts';

export const CLASSES: readonly QueueClass[] = ['new', 'caused', 'retry', 'periodic'];

/** True when `one` goes before `other`. */
export function outranks(one: QueueClass, other: QueueClass): boolean {
  return CLASSES.indexOf(one) < CLASSES.indexOf(other);
}

export interface Waiting {
  readonly class: QueueClass;
  /** Since when it has been due. */
  readonly dueAt: number;
}

export interface AgeingOptions {
  /** A key that has waited this long is promoted. */
  readonly afterMs: number;
  /** One pick in so many goes to a promoted key; the others keep the order of the classes. */
  readonly onePickIn: number;
}

/**
 * Keys that could run now. Classes go in strict order, first come first served within a class. Of every few picks one
 * goes to the key that has waited longest beyond a bound, so that a flood of one class never starves another, and a
 * crowd of aged keys never buries the urgent ones.
 */
export class WaitingList<T extends Waiting> {
  readonly #lists: Readonly<Record<QueueClass, Fifo<T>>> = {
    new: new Fifo(),
    caused: new Fifo(),
    retry: new Fifo(),
    periodic: new Fifo(),
  };
  readonly #ageing: AgeingOptions;
  #picks = 0;

  constructor(ageing: AgeingOptions) {
    this.#ageing = ageing;
  }

  get size(): number {
    return CLASSES.reduce((sum, name) => sum + this.#lists[name].size, 0);
  }

  sizes(): Record<QueueClass, number> {
    const { new: fresh, caused, retry, periodic } = this.#lists;
    return { new: fresh.size, caused: caused.size, retry: retry.size, periodic: periodic.size };
  }

  *[Symbol.iterator](): Iterator<T> {
    for (const name of CLASSES) yield* this.#lists[name];
  }

  push(item: T): void {
    this.#lists[item.class].push(item);
  }

  remove(item: T): void {
    this.#lists[item.class].remove(item);
  }

  take(now: number): T | undefined {
    this.#picks += 1;
    const item = (this.#picks % this.#ageing.onePickIn === 0 ? this.#aged(now) : undefined) ?? this.#first();
    if (item !== undefined) this.remove(item);
    return item;
  }

  #first(): T | undefined {
    for (const name of CLASSES) {
      const item = this.#lists[name].head;
      if (item !== undefined) return item;
    }
    return undefined;
  }

  #aged(now: number): T | undefined {
    let oldest: T | undefined;
    for (const name of CLASSES) {
      const { head } = this.#lists[name];
      if (head !== undefined && (oldest === undefined || head.dueAt < oldest.dueAt)) oldest = head;
    }
    return oldest !== undefined && now - oldest.dueAt >= this.#ageing.afterMs ? oldest : undefined;
  }
}

/** First in, first out, and an item in the middle can leave. A Set would do, but finding its first item slows down as it drains. */
class Fifo<T> {
  readonly #nodes = new Map<T, Node<T>>();
  #first: Node<T> | undefined;
  #last: Node<T> | undefined;

  get size(): number {
    return this.#nodes.size;
  }

  get head(): T | undefined {
    return this.#first?.item;
  }

  *[Symbol.iterator](): Iterator<T> {
    for (let node = this.#first; node !== undefined; node = node.next) yield node.item;
  }

  push(item: T): void {
    const node: Node<T> = { item, previous: this.#last, next: undefined };
    if (this.#last === undefined) this.#first = node;
    else this.#last.next = node;
    this.#last = node;
    this.#nodes.set(item, node);
  }

  remove(item: T): void {
    const node = this.#nodes.get(item);
    if (node === undefined) return;
    this.#nodes.delete(item);
    if (node.previous === undefined) this.#first = node.next;
    else node.previous.next = node.next;
    if (node.next === undefined) this.#last = node.previous;
    else node.next.previous = node.previous;
  }
}

interface Node<T> {
  readonly item: T;
  previous: Node<T> | undefined;
  next: Node<T> | undefined;
}
