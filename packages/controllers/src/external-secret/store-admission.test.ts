import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StoreAdmission } from './store-admission.ts';

/** An admission whose released keys are collected. */
function admission(capacity: number): { admission: StoreAdmission; released: string[] } {
  const released: string[] = [];
  return { admission: new StoreAdmission(capacity, (key) => released.push(key)), released };
}

describe('StoreAdmission', () => {
  it('lets as many in as there are places, and the next one in the order in which they came', () => {
    const { admission: stores, released } = admission(2);
    expect(['a', 'b', 'c', 'd'].map((key) => stores.enter(key, ['s']))).toEqual([true, true, false, false]);
    expect(stores.waiting).toBe(2);
    stores.leave(['s']);
    expect(released).toEqual(['c']);
    expect(stores.enter('c', ['s'])).toBe(true);
    stores.leave(['s']);
    expect(released).toEqual(['c', 'd']);
    expect(stores.waiting).toBe(0);
  });

  it('holds nobody up for a store that is full if he does not need it', () => {
    const { admission: stores } = admission(1);
    stores.enter('a', ['hanging']);
    expect(stores.enter('b', ['hanging'])).toBe(false);
    expect(stores.enter('c', ['healthy'])).toBe(true);
    expect(stores.enter('d', [])).toBe(true);
  });

  it('takes a place at each store or at none', () => {
    const { admission: stores } = admission(1);
    stores.enter('a', ['s']);
    expect(stores.enter('b', ['t', 's'])).toBe(false);
    expect(stores.enter('c', ['t'])).toBe(true);
  });

  it('a key that waits and is added again waits once', () => {
    const { admission: stores, released } = admission(1);
    stores.enter('a', ['s']);
    stores.enter('b', ['s']);
    stores.enter('b', ['s']);
    expect(stores.waiting).toBe(1);
    stores.leave(['s']);
    expect(released).toEqual(['b']);
  });

  it('passes the place on where the released one needs it no more: deleted, or with another store by now', () => {
    for (const stores of [[], ['other']]) {
      const { admission: places, released } = admission(1);
      places.enter('a', ['s']);
      places.enter('b', ['s']);
      places.enter('c', ['s']);
      places.leave(['s']);
      expect(released).toEqual(['b']);
      places.enter('b', stores);
      expect(released).toEqual(['b', 'c']);
    }
  });

  it('passes the place on where the released one has to wait for another store', () => {
    const { admission: places, released } = admission(1);
    places.enter('a', ['s']);
    places.enter('x', ['t']);
    places.enter('b', ['s', 't']);
    places.enter('c', ['s']);
    places.leave(['s']);
    expect(places.enter('b', ['s', 't'])).toBe(false);
    expect(released).toEqual(['b', 'c']);
  });

  it('whoever comes, leaves, is changed or is deleted, nobody waits for ever and no place is given twice', () => {
    const names = fc.subarray(['s', 't', 'u']);
    const step = fc.record({ key: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), stores: names, leaves: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 3 }), (steps, capacity) => {
        const model = new AdmissionModel(capacity);
        for (const { key, stores, leaves } of steps) {
          if (leaves) model.leave(key);
          else model.come(key, stores);
        }
        model.drain();
        expect(model.unserved()).toEqual([]);
      }),
      { numRuns: 2_000 },
    );
  });
});

/** The queue around an admission: a key is in work at most once, and a released one comes again. */
class AdmissionModel {
  readonly #capacity: number;
  readonly #due: string[] = [];
  readonly #admission: StoreAdmission;
  readonly #wanted = new Map<string, readonly string[]>();
  readonly #inside = new Map<string, readonly string[]>();
  readonly #again = new Set<string>();

  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#admission = new StoreAdmission(capacity, (key) => this.#due.push(key));
  }

  come(key: string, stores: readonly string[]): void {
    this.#wanted.set(key, stores);
    if (this.#inside.has(key)) this.#again.add(key);
    else this.#enter(key);
  }

  leave(key: string): void {
    const stores = this.#inside.get(key);
    if (!stores) return;
    this.#inside.delete(key);
    this.#admission.leave(stores);
    if (this.#again.delete(key)) this.#enter(key);
    this.#runDue();
  }

  drain(): void {
    while (this.#inside.size > 0) for (const key of [...this.#inside.keys()]) this.leave(key);
    this.#runDue();
    if (this.#inside.size > 0) this.drain();
  }

  unserved(): string[] {
    return [...this.#wanted.keys()];
  }

  #runDue(): void {
    for (let key = this.#due.shift(); key !== undefined; key = this.#due.shift()) {
      if (this.#inside.has(key)) this.#again.add(key);
      else this.#enter(key);
    }
  }

  #enter(key: string): void {
    const stores = this.#wanted.get(key) ?? [];
    if (!this.#admission.enter(key, stores)) return;
    this.#wanted.delete(key);
    this.#inside.set(key, stores);
    for (const store of stores) {
      const inside = [...this.#inside.values()].filter((of) => of.includes(store)).length;
      expect(inside).toBeLessThanOrEqual(this.#capacity);
    }
  }
}
