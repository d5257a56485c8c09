import { createHash } from 'node:crypto';
import type { Clock } from '@esox/core';

export type ScrapeDecision = 'allowed' | 'denied' | 'unauthenticated';

export interface ScrapeGuardOptions {
  readonly clock: Clock;
  /** Asks the cluster; throws when it cannot tell. */
  readonly review: (token: string) => Promise<ScrapeDecision>;
}

/** So long a decision is kept: the times of Kubernetes' own components for who it is, and for what was denied. */
const KEPT_MS: Readonly<Record<ScrapeDecision, number>> = { allowed: 60_000, denied: 30_000, unauthenticated: 10_000 };
const MOST_KEPT = 1_000;

/** Lets those read metrics whom the cluster allows to. */
export class ScrapeGuard {
  readonly #options: ScrapeGuardOptions;
  /** By a digest of the token, which is not kept itself. */
  readonly #kept = new Map<string, { readonly decision: ScrapeDecision; readonly until: number }>();

  constructor(options: ScrapeGuardOptions) {
    this.#options = options;
  }

  /** Of the value of an `Authorization` header. */
  async decide(authorization: string | undefined): Promise<ScrapeDecision> {
    const token = /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
    if (token === undefined) return 'unauthenticated';
    const { clock, review } = this.#options;
    const digest = createHash('sha256').update(token).digest('base64');
    const known = this.#kept.get(digest);
    if (known && clock.now() < known.until) return known.decision;
    const decision = await review(token);
    if (this.#kept.size >= MOST_KEPT) this.#kept.clear();
    this.#kept.set(digest, { decision, until: clock.now() + KEPT_MS[decision] });
    return decision;
  }
}
