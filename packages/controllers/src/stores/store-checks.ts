import type { ProviderError } from '@esox/core';

/** What the last validation of one generation of a store came to. */
export type StoreCheck = { readonly state: 'ready' } | { readonly state: 'failed'; readonly error: ProviderError };

/** `renewed`: it is the first result of another generation than before. */
type StoreListener = (storeId: string, renewed: boolean) => void;

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
    if (!before || renewed || before.check.state !== check.state) this.#tell(storeId, renewed);
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
    this.#tell(storeId, false);
  }

  /** Told of each store whose result is new or has turned. */
  subscribe(listener: StoreListener): void {
    this.#listeners.add(listener);
  }

  #tell(storeId: string, renewed: boolean): void {
    for (const listener of this.#listeners) listener(storeId, renewed);
  }
}
