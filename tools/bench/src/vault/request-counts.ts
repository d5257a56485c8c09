/** What a request to the backend asked for. */
export const requestKinds = [
  'read',
  'metadata',
  'login',
  'lookup-self',
  'renew-self',
  'revoke-self',
  'mount',
  'denied',
  'throttled',
  'unknown',
] as const;
export type RequestKind = (typeof requestKinds)[number];

export type RequestCounts = Readonly<Partial<Record<RequestKind, number>>>;

/** Each request is counted once: `denied` and `throttled` are in the place of what was asked for. */
export class RequestCounter {
  readonly #counts = new Map<RequestKind, number>();
  #total = 0;
  #firstReadAt: number | undefined;

  add(kind: RequestKind): void {
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1);
    this.#total += 1;
    if (kind === 'read') this.#firstReadAt ??= Date.now();
  }

  get total(): number {
    return this.#total;
  }

  /** When the first value was asked for, in milliseconds since 1970. */
  get firstReadAt(): number | undefined {
    return this.#firstReadAt;
  }

  counts(): RequestCounts {
    return Object.fromEntries(this.#counts);
  }
}

/** What came since `before`; kinds without a new request are left out. */
export function countsSince(before: RequestCounts, now: RequestCounts): RequestCounts {
  const changed = requestKinds
    .map((kind) => [kind, (now[kind] ?? 0) - (before[kind] ?? 0)] as const)
    .filter(([, count]) => count > 0);
  return Object.fromEntries(changed);
}
