import { nextFiring, parseCron, previousFiring, type CronSchedule } from './cron.ts';
import { parseDuration } from '../duration/duration.ts';

export interface SyncWindow {
  /** Five cron fields in UTC, a descriptor such as `@daily`, or `@every 1h`. */
  readonly schedule: string;
  readonly duration: string;
}

/** When a periodic refresh may happen: within (`allow`) or outside (`deny`) all windows. */
export interface SyncWindows {
  readonly kind: string;
  readonly windows: readonly SyncWindow[];
}

/** As far as a firing is looked for in either direction. */
const horizonMs = 5 * 366 * 24 * 3_600_000;
/** Most windows that are followed one after the other: what comes behind them is looked at later. */
const mostSteps = 500;
/** In all steps together: an object may have thousands of windows. */
const mostLooks = 5_000;

type Window =
  | { readonly type: 'cron'; readonly schedule: CronSchedule; readonly durationMs: number }
  /** `@every` has no anchor: ESO finds it active at all times, or never. */
  | { readonly type: 'constant'; readonly active: boolean };

/** Whether a periodic refresh may happen at this time. What cannot be parsed counts as inactive. */
export function permits(windows: SyncWindows | undefined, at: number): boolean {
  if (!gates(windows)) return true;
  return windows.windows.map(parseWindow).some((window) => isActive(window, at)) === (windows.kind === 'allow');
}

/**
 * The first time from `at` on when a periodic refresh may happen; undefined where none comes. Behind a long row of
 * seamless windows it is a time to ask again.
 */
export function nextPermitted(windows: SyncWindows | undefined, at: number): number | undefined {
  if (!gates(windows) || permits(windows, at)) return at;
  const parsed = windows.windows.map(parseWindow);
  return windows.kind === 'allow' ? nextActive(parsed, at) : nextInactive(parsed, at);
}

function gates(windows: SyncWindows | undefined): windows is SyncWindows {
  if (windows === undefined || windows.windows.length === 0) return false;
  return windows.kind === 'allow' || windows.kind === 'deny';
}

function parseWindow({ schedule, duration }: SyncWindow): Window {
  const durationMs = parseDuration(duration);
  const every = /^@every\s+(.+)$/.exec(schedule)?.[1];
  if (every !== undefined) {
    const everyMs = parseDuration(every.trim());
    // ESO looks one second further back than the duration.
    const active = everyMs !== undefined && durationMs !== undefined && everyMs <= durationMs + 1_000;
    return { type: 'constant', active };
  }
  const parsed = parseCron(schedule);
  if (!parsed || durationMs === undefined) return { type: 'constant', active: false };
  return { type: 'cron', schedule: parsed, durationMs };
}

/** Both ends belong to the window. */
function isActive(window: Window, at: number): boolean {
  if (window.type === 'constant') return window.active;
  return firedWithin(window.schedule, at, window.durationMs) !== undefined;
}

function firedWithin(schedule: CronSchedule, at: number, durationMs: number): number | undefined {
  return previousFiring(schedule, at, at - Math.min(durationMs, horizonMs));
}

function nextActive(windows: readonly Window[], at: number): number | undefined {
  const openings = windows.flatMap((window) =>
    window.type === 'cron' && window.durationMs >= 0 ? (nextFiring(window.schedule, at, at + horizonMs) ?? []) : [],
  );
  return openings.length === 0 ? undefined : Math.min(...openings);
}

function nextInactive(windows: readonly Window[], at: number): number | undefined {
  let time = at;
  const steps = Math.min(mostSteps, Math.ceil(mostLooks / windows.length));
  for (let step = 0; step < steps && time < at + horizonMs; step += 1) {
    const ends = windows.flatMap((window) => activeUntil(window, time) ?? []);
    if (ends.length === 0) return time;
    time = Math.max(...ends) + 1;
  }
  return time < at + horizonMs ? time : undefined;
}

/** Last millisecond of the firing that makes the window active now; undefined where it is inactive. */
function activeUntil(window: Window, at: number): number | undefined {
  if (window.type === 'constant') return window.active ? Number.POSITIVE_INFINITY : undefined;
  const fired = firedWithin(window.schedule, at, window.durationMs);
  return fired === undefined ? undefined : Math.floor(fired + window.durationMs);
}
