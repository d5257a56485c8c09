import { createHash } from 'node:crypto';

/** A number in [0, 1) that is the same for the same text in every process. */
function fraction(text: string): number {
  return createHash('sha256').update(text).digest().readUIntBE(0, 6) / 2 ** 48;
}

export interface SlotQuery {
  /** Objects with one key and one interval come due together: the client identity. */
  readonly phaseKey: string;
  readonly intervalMs: number;
  /** ms since the epoch. */
  readonly from: number;
  /** Moves this object's slots, see `spread`; default 0. */
  readonly offsetMs?: number;
}

/** The next slot after `from`, at most one interval away. */
export function nextSlot({ phaseKey, intervalMs, from, offsetMs = 0 }: SlotQuery): number {
  const phase = fraction(`${phaseKey}\0${intervalMs}`) * intervalMs + offsetMs;
  const slot = Math.floor(phase + (Math.floor((from - phase) / intervalMs) + 1) * intervalMs);
  return slot > from ? slot : from + intervalMs;
}

/** How far behind the slot an object comes: stable, within `min(interval / 10, 30 s)`. */
export function spread(key: string, phaseKey: string, intervalMs: number): number {
  return Math.floor(fraction(`${phaseKey}\0${key}`) * Math.min(intervalMs / 10, 30_000));
}
