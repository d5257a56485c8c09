import type { ExternalSecret } from '@esox/api';
import { keyOf } from '@esox/cluster';
import type { Clock } from '@esox/core';
import type { EventNote } from '../events/event-recorder.ts';
import { targetNameOf } from './secret-mutation.ts';
import type { SyncFactsStore } from './sync-facts.ts';

export interface RepairsOptions {
  readonly clock: Clock;
  readonly steady: Clock;
  readonly facts: SyncFactsStore;
  readonly note: (object: ExternalSecret, note: EventNote) => void;
}

/** Enough for every mistake, and too few for two controllers that fight over a Secret to wear out a store. */
const mostRepairs = 20;
const withinMs = 60_000;

/** How often a target may be repaired: each repair reads the stores. */
export class Repairs {
  readonly #options: RepairsOptions;

  constructor(options: RepairsOptions) {
    this.#options = options;
  }

  /** Counts a repair that may be done now. Else the time at which it may (ms since the epoch). */
  next(object: ExternalSecret): number | undefined {
    const { facts, steady, clock } = this.#options;
    const key = keyOf(object);
    const now = steady.now();
    const { repairs = [], heldUntil = 0 } = facts.of(key, object);
    if (heldUntil > now) return clock.now() + heldUntil - now;
    const recent = repairs.filter((at) => at > now - withinMs);
    const [first] = recent;
    if (first === undefined || recent.length < mostRepairs) {
      facts.update(key, object, { repairs: [...recent, now] });
      return undefined;
    }
    facts.update(key, object, { heldUntil: first + withinMs });
    this.#tell(object);
    return clock.now() + first + withinMs - now;
  }

  #tell(object: ExternalSecret): void {
    const message = `the Secret "${targetNameOf(object)}" is changed by somebody else each time it is put right, so it is left for up to a minute; its managedFields say who writes it; stop one of the two`;
    this.#options.note(object, { type: 'Warning', reason: 'UpdateFailed', message });
  }
}
