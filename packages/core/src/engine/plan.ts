import { nextSlot, spread } from './phase.ts';
import { nextPermitted, permits, type SyncWindows } from './sync-windows.ts';

export type RefreshPolicy = 'CreatedOnce' | 'Periodic' | 'OnChange';

export interface PlanInput {
  /** Undefined is Periodic. */
  readonly refreshPolicy: RefreshPolicy | undefined;
  readonly refreshIntervalMs: number;
  readonly syncWindows?: SyncWindows | undefined;
  /** `versionOf` the object as it is now. */
  readonly version: string;
  readonly syncedVersion: string | undefined;
  /** ms since the epoch. */
  readonly refreshTime: number | undefined;
  readonly targetValid: boolean;
  /**
   * The backend named one of the object's keys (`event`), or an object that it refers to has changed (`reference`).
   * The caller keeps it until a pass was due: sync windows may put it off.
   */
  readonly forced?: 'event' | 'reference' | undefined;
  /** The client identity: its objects come due together. */
  readonly phaseKey: string;
  /** The object itself, which spreads the objects of one phase; without it the object comes at the slot. */
  readonly key?: string | undefined;
  /** ms since the epoch. */
  readonly now: number;
}

export type Cause = 'new' | 'spec' | 'forced' | 'reference' | 'drift' | 'interval';

export type Plan =
  | { readonly type: 'due'; readonly cause: Cause }
  | { readonly type: 'wake'; readonly at: number }
  | { readonly type: 'never' };

const never: Plan = { type: 'never' };

/** Whether the object is due for a refresh, or when to look again. */
export function plan(input: PlanInput): Plan {
  // Drift is repaired under every policy, and whatever the interval and the windows say.
  if (!input.targetValid) return due(input.syncedVersion ? 'drift' : 'new');
  return byPolicy(input, !input.syncedVersion || input.refreshTime === undefined);
}

function byPolicy(input: PlanInput, isNew: boolean): Plan {
  if (input.refreshPolicy === 'CreatedOnce') return isNew ? due('new') : never;
  if (input.refreshPolicy === 'OnChange') return isNew ? due('new') : changed(input, never);
  if (input.refreshIntervalMs <= 0) return input.syncedVersion ? never : due('new');
  return isNew ? due('new') : changed(input, periodic(input, input.refreshTime ?? 0));
}

function due(cause: Cause): Plan {
  return { type: 'due', cause };
}

function changed(input: PlanInput, otherwise: Plan): Plan {
  return input.syncedVersion === input.version ? otherwise : due('spec');
}

function periodic(input: PlanInput, refreshTime: number): Plan {
  const { now, phaseKey, syncWindows, forced, key, refreshIntervalMs: intervalMs } = input;
  if (forced && permits(syncWindows, now)) return due(forced === 'event' ? 'forced' : 'reference');
  const offsetMs = key === undefined ? 0 : spread(key, phaseKey, intervalMs);
  // A refresh time in the future means that a clock was wrong: it is not believed.
  const dueAt = forced || refreshTime > now ? now : nextSlot({ phaseKey, intervalMs, from: refreshTime, offsetMs });
  if (dueAt <= now && permits(syncWindows, now)) return due('interval');
  // ESO polls here with growing delay; the time of the next opening is known, so one wake is enough.
  const at = nextPermitted(syncWindows, Math.max(dueAt, now));
  return at === undefined ? never : { type: 'wake', at };
}
