import { createHash } from 'node:crypto';

/** A number in [0, 1) that is the same for the same text in every process. */
function fraction(text: string): number {
  return createHash('sha256').update(text).digest().readUIntBE(0, 6) / 2 ** 48;
}

/** Slots lie on whole seconds, so that a `refreshTime`, which has no finer ones, is never before the slot it came from. */
function step(intervalMs: number): number {
  return intervalMs < 1_000 ? 1 : 1_000;
}

function floorTo(unit: number, ms: number): number {
  return Math.floor(ms / unit) * unit;
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
  const unit = step(intervalMs);
  const phase = floorTo(unit, fraction(`${phaseKey}\0${intervalMs}`) * intervalMs) + offsetMs;
  const slot = floorTo(unit, phase + (Math.floor((from - phase) / intervalMs) + 1) * intervalMs);
  return slot > from ? slot : from + intervalMs;
}

/** How far behind the slot an object comes: stable, within `min(interval / 10, 30 s)`. */
export function spread(key: string, phaseKey: string, intervalMs: number): number {
  return floorTo(step(intervalMs), fraction(`${phaseKey}\0${key}`) * Math.min(intervalMs / 10, 30_000));
}
