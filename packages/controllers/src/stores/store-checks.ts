import type { ProviderError } from '@esox/core';

/** What the last validation of one generation of a store came to. */
export type StoreCheck = { readonly state: 'ready' } | { readonly state: 'failed'; readonly error: ProviderError };

export interface StoreNews {
  readonly storeId: string;
  /** `renewed`: it is the first result of another generation than before. */
  readonly change: 'checked' | 'renewed' | 'gone';
  /** Keys of the objects that waited for it. */
  readonly parked: readonly string[];
}

type StoreListener = (news: StoreNews) => void;

interface Checked {
  readonly version: string;
  readonly check: StoreCheck;
}

export interface CheckTimes {
  /** ms since the epoch. */
  readonly checkedAt: number;
  readonly nextAt: number | undefined;
}

/**
 * The results of validations, known in memory before any watch tells of the status that was written. Objects that come
 * before the first result are told when it is there.
 */
export class StoreChecks {
  readonly #checked = new Map<string, Checked>();
  readonly #times = new Map<string, CheckTimes>();
  readonly #parked = new Map<string, Set<string>>();
  readonly #listeners = new Set<StoreListener>();

  /** `version` names UID and generation: a result of another generation does not count. */
  get(storeId: string, version: string): StoreCheck | undefined {
    const checked = this.#checked.get(storeId);
    return checked?.version === version ? checked.check : undefined;
  }

  set(storeId: string, version: string, check: StoreCheck): void {
    const before = this.#checked.get(storeId);
    this.#checked.set(storeId, { version, check });
    const renewed = before !== undefined && before.version !== version;
    if (!before || renewed || before.check.state !== check.state) this.#tell(storeId, renewed ? 'renewed' : 'checked');
  }

  /** Keeps the key of an object until the store has a result. False where it has one of this version already. */
  park(storeId: string, version: string, key: string): boolean {
    if (this.get(storeId, version)) return false;
    const parked = this.#parked.get(storeId) ?? new Set();
    this.#parked.set(storeId, parked.add(key));
    return true;
  }

  get parked(): number {
    let count = 0;
    for (const keys of this.#parked.values()) count += keys.size;
    return count;
  }

  /** For people: when it was checked, and when it will be again. */
  setTimes(storeId: string, times: CheckTimes): void {
    this.#times.set(storeId, times);
  }

  timesOf(storeId: string): CheckTimes | undefined {
    return this.#times.get(storeId);
  }

  forget(storeId: string): void {
    this.#checked.delete(storeId);
    this.#times.delete(storeId);
    this.#tell(storeId, 'gone');
  }

  /** Told of each store whose result is new or has turned. */
  subscribe(listener: StoreListener): void {
    this.#listeners.add(listener);
  }

  #tell(storeId: string, change: StoreNews['change']): void {
    const parked = [...(this.#parked.get(storeId) ?? [])];
    this.#parked.delete(storeId);
    for (const listener of this.#listeners) listener({ storeId, change, parked });
  }
}
