import { LRUCache } from 'lru-cache';
import type { Clock } from '../provider/host.ts';
import type { Outcome } from '../provider/outcome.ts';
import type { FoundSecret, SecretValue } from '../provider/provider.ts';
import { Sealed } from '../provider/sealed.ts';

/** How answers of one kind are copied, weighed and overwritten. */
export interface Form<T> {
  copy(value: T): T;
  values(value: T): readonly SecretValue[];
}

export const secretForm: Form<SecretValue> = { copy: copyValue, values: (value) => [value] };

export const listingForm: Form<readonly FoundSecret[]> = {
  copy: (found) => found.map((item) => (item.value ? { ...item, value: copyValue(item.value) } : item)),
  values: (found) => found.flatMap((item) => item.value ?? []),
};

/** Fields of a value, of a document as of named fields. */
function contents({ content }: SecretValue): readonly Sealed[] {
  return Sealed.is(content) ? [content] : [...content.values()];
}

function copyValue(value: SecretValue): SecretValue {
  const { content } = value;
  const copied = Sealed.is(content)
    ? copySealed(content)
    : new Map([...content].map(([key, field]) => [key, copySealed(field)] as const));
  return { ...value, content: copied };
}

function copySealed(sealed: Sealed): Sealed {
  return Sealed.of(new Uint8Array(sealed.open()));
}

interface CachedAnswer {
  readonly startedAt: number;
  readonly size: number;
  readonly expiresAt: number;
  readonly answer: Outcome<unknown>;
  readonly wipe: () => void;
}

export interface ValueCacheOptions {
  readonly clock: Clock;
  readonly maxBytes: number;
  /** How long an answer is kept. */
  readonly lifeMs: number;
  readonly onSize?: ((bytes: number) => void) | undefined;
}

/** Bookkeeping of one answer, counted beside its bytes. */
const overheadBytes = 256;

/**
 * Fresh answers of all lanes, bounded by bytes, least recently used first. It holds copies of its own and hands out
 * copies, so that what it drops can be overwritten without harm to a value in use. Only values and `not-found` are kept.
 */
export class ValueCache {
  readonly #options: ValueCacheOptions;
  readonly #answers: LRUCache<string, CachedAnswer>;
  readonly #closed = new AbortController();
  #sweeping = false;

  constructor(options: ValueCacheOptions) {
    this.#options = options;
    this.#answers = new LRUCache({
      maxSize: options.maxBytes,
      sizeCalculation: (item) => item.size,
      dispose: (item) => item.wipe(),
    });
  }

  get bytes(): number {
    return this.#answers.calculatedSize;
  }

  /** An answer whose read started later than `startedAfter`. `form` is the one that the key was set with. */
  get<T>(key: string, startedAfter: number, form: Form<T>): Outcome<T> | undefined {
    const cached = this.#answers.get(key);
    if (!cached || cached.startedAt <= startedAfter || this.#options.clock.now() >= cached.expiresAt) return undefined;
    const answer = cached.answer as Outcome<T>; // A key is only ever set with one form.
    return answer.ok ? { ok: true, value: form.copy(answer.value) } : answer;
  }

  /** `startedAt` is when the read started: the value may have changed since. */
  set<T>(key: string, startedAt: number, answer: Outcome<T>, form: Form<T>): void {
    if (this.#closed.signal.aborted || (!answer.ok && answer.error.code !== 'not-found')) return;
    const older = this.#answers.peek(key);
    if (older && older.startedAt > startedAt) return;
    const cached = this.#keep(key, startedAt, answer, form);
    if (!cached) return;
    this.#answers.set(key, cached);
    this.#report();
    void this.#sweep();
  }

  #keep<T>(key: string, startedAt: number, answer: Outcome<T>, form: Form<T>): CachedAnswer | undefined {
    const values = answer.ok ? form.values(answer.value) : [];
    const size = overheadBytes + key.length + sum(values.flatMap(contents).map((field) => field.size + overheadBytes));
    if (size > this.#options.maxBytes) return undefined;
    const ends = values.flatMap((value) => value.expiresAt?.getTime() ?? []);
    const expiresAt = Math.min(startedAt + this.#options.lifeMs, ...ends);
    if (!answer.ok) return { startedAt, size, expiresAt, answer, wipe: () => {} };
    const copy = form.copy(answer.value);
    const wipe = (): void =>
      form
        .values(copy)
        .flatMap(contents)
        .forEach((field) => field.wipe());
    return { startedAt, size, expiresAt, answer: { ok: true, value: copy }, wipe };
  }

  /** Drops what a lane has read. */
  dropLane(prefix: string): void {
    this.#drop((key) => key.startsWith(prefix));
  }

  /** Overwrites all. Nothing is kept afterwards. */
  close(): void {
    this.#closed.abort();
    this.#drop(() => true);
  }

  /** One loop while there is anything to overwrite in time. */
  async #sweep(): Promise<void> {
    if (this.#sweeping) return;
    this.#sweeping = true;
    try {
      while (this.#answers.size > 0) {
        await this.#options.clock.sleep(this.#options.lifeMs / 6, this.#closed.signal);
        const now = this.#options.clock.now();
        this.#drop((_key, cached) => now >= cached.expiresAt);
      }
    } catch {
      // Closed.
    }
    this.#sweeping = false;
  }

  #drop(matches: (key: string, cached: CachedAnswer) => boolean): void {
    // The answers are looked at without making them the most recently used ones.
    const dropped = [...this.#answers.entries()].filter(([key, cached]) => matches(key, cached));
    for (const [key] of dropped) this.#answers.delete(key);
    if (dropped.length > 0) this.#report();
  }

  #report(): void {
    this.#options.onSize?.(this.bytes);
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
