import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextSlot, spread } from './phase.ts';
import { plan, type PlanInput } from './plan.ts';

const hour = 3_600_000;
const now = Date.UTC(2026, 2, 10, 12);

/** A Periodic object with an interval of an hour, synced a minute ago. */
const synced: PlanInput = {
  refreshPolicy: 'Periodic',
  refreshIntervalMs: hour,
  version: '1-a',
  syncedVersion: '1-a',
  refreshTime: now - 60_000,
  targetValid: true,
  phaseKey: 'store-1',
  now,
};

const wake = nextSlot({ phaseKey: 'store-1', intervalMs: hour, from: now - 60_000 });
const due = (cause: string) => ({ type: 'due', cause });

describe('plan', () => {
  it('an object that was never synced is due under every policy', () => {
    for (const refreshPolicy of ['CreatedOnce', 'Periodic', 'OnChange', undefined] as const) {
      for (const refreshIntervalMs of [0, hour]) {
        const input = { ...synced, refreshPolicy, refreshIntervalMs, syncedVersion: undefined, refreshTime: undefined };
        expect(plan(input)).toEqual(due('new'));
        expect(plan({ ...input, syncedVersion: '' })).toEqual(due('new'));
      }
    }
  });

  it('a synced object wakes at its slot', () => {
    expect(plan(synced)).toEqual({ type: 'wake', at: wake });
    expect(plan({ ...synced, now: wake - 1 })).toEqual({ type: 'wake', at: wake });
    expect(plan({ ...synced, now: wake })).toEqual(due('interval'));
  });

  it('scenario 6: an interval of 0 syncs once, whatever changes', () => {
    const once = { ...synced, refreshIntervalMs: 0, version: '2-b' };
    expect(plan(once)).toEqual({ type: 'never' });
    expect(plan({ ...once, refreshTime: undefined, forced: 'event' })).toEqual({ type: 'never' });
  });

  it('scenario 7: an interval of 0 does not keep a lost target from coming back', () => {
    expect(plan({ ...synced, refreshIntervalMs: 0, targetValid: false })).toEqual(due('drift'));
  });

  it('scenario 8: Periodic refreshes when a label, an annotation or the spec changed', () => {
    expect(plan({ ...synced, version: '1-b' })).toEqual(due('spec'));
  });

  it('scenario 9: Periodic does not believe a refresh time in the future', () => {
    expect(plan({ ...synced, refreshTime: now + 1 })).toEqual(due('interval'));
  });

  it('scenario 10: an unset policy behaves as Periodic', () => {
    const causes = [{}, { version: '2-b' }, { now: wake }, { targetValid: false }, { refreshIntervalMs: 0 }];
    for (const cause of causes) {
      expect(plan({ ...synced, ...cause, refreshPolicy: undefined })).toEqual(plan({ ...synced, ...cause }));
    }
  });

  it('scenario 11: CreatedOnce ignores a changed spec, and refreshes without a refresh time', () => {
    const once: PlanInput = { ...synced, refreshPolicy: 'CreatedOnce' };
    expect(plan({ ...once, version: '2-b', now: now + 10 * hour, forced: 'event' })).toEqual({ type: 'never' });
    expect(plan({ ...once, refreshTime: undefined })).toEqual(due('new'));
    expect(plan({ ...once, targetValid: false })).toEqual(due('drift'));
  });

  it('scenario 12: OnChange ignores the interval, and refreshes when the version changed', () => {
    const onChange: PlanInput = { ...synced, refreshPolicy: 'OnChange' };
    expect(plan({ ...onChange, now: now + 10 * hour, forced: 'reference' })).toEqual({ type: 'never' });
    expect(plan({ ...onChange, version: '2-a' })).toEqual(due('spec'));
  });

  it('an event or a changed reference makes a Periodic object due', () => {
    expect(plan({ ...synced, forced: 'event' })).toEqual(due('forced'));
    expect(plan({ ...synced, forced: 'reference' })).toEqual(due('reference'));
  });

  it('sync windows hold back the interval and events until they open, in one wake', () => {
    const syncWindows = { kind: 'allow', windows: [{ schedule: '0 22 * * *', duration: '2h' }] };
    const opening = Date.UTC(2026, 2, 10, 22);
    const held = { ...synced, syncWindows, now: wake };
    expect(plan(held)).toEqual({ type: 'wake', at: opening });
    expect(plan({ ...held, now, forced: 'event' })).toEqual({ type: 'wake', at: opening });
    expect(plan({ ...held, now: opening })).toEqual(due('interval'));
    expect(plan({ ...synced, syncWindows })).toEqual({ type: 'wake', at: opening });
  });

  it('sync windows hold back neither the first sync nor a changed spec nor the repair of a target', () => {
    const syncWindows = { kind: 'allow', windows: [{ schedule: 'never', duration: '2h' }] };
    const shut = { ...synced, syncWindows, now: wake };
    expect(plan(shut)).toEqual({ type: 'never' });
    expect(plan({ ...shut, syncedVersion: undefined })).toEqual(due('new'));
    expect(plan({ ...shut, version: '2-b' })).toEqual(due('spec'));
    expect(plan({ ...shut, targetValid: false })).toEqual(due('drift'));
  });

  it('nobody waits longer than one interval, and everybody is due at the time of the wake', () => {
    const interval = fc.integer({ min: 1_000, max: 7 * 24 * hour });
    fc.assert(
      fc.property(
        interval,
        fc.string(),
        fc.string(),
        fc.integer({ min: 0, max: 4e12 }),
        (refreshIntervalMs, phaseKey, name, time) => {
          const input = { ...synced, refreshIntervalMs, phaseKey, key: name, refreshTime: time, now: time };
          const next = plan(input);
          if (next.type !== 'wake') throw new Error('a synced object is not due at once');
          expect(next.at).toBeGreaterThan(time);
          expect(next.at).toBeLessThanOrEqual(time + refreshIntervalMs);
          expect(plan({ ...input, now: next.at })).toEqual(due('interval'));
        },
      ),
    );
  });
});

describe('slots', () => {
  it('objects of one phase key and interval share their slots, whenever they were synced', () => {
    const slots = [0, 1, 1_000, 59 * 60_000].map(
      (ago) => nextSlot({ phaseKey: 'store-1', intervalMs: hour, from: now - ago }) % hour,
    );
    expect(new Set(slots).size).toBe(1);
  });

  it('a refresh time cut to seconds is not before the slot that it came from', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 48 * 3_600 }),
        fc.string(),
        fc.integer({ min: 0, max: 4e12 }),
        (seconds, name, time) => {
          const query = { phaseKey: 'store-1', intervalMs: seconds * 1_000 };
          const offsetMs = spread(name, query.phaseKey, query.intervalMs);
          const slot = nextSlot({ ...query, offsetMs, from: time });
          expect(slot % 1_000).toBe(0);
          expect(nextSlot({ ...query, offsetMs, from: slot })).toBe(slot + query.intervalMs);
        },
      ),
    );
  });

  it('stores have phases of their own, over the whole interval', () => {
    const phases = Array.from({ length: 1_000 }, (_, index) =>
      nextSlot({ phaseKey: `store-${index}`, intervalMs: hour, from: 0 }),
    );
    const perTenth = Array.from(
      { length: 10 },
      (_, tenth) => phases.filter((phase) => Math.floor(((phase % hour) / hour) * 10) === tenth).length,
    );
    expect(Math.min(...perTenth)).toBeGreaterThan(50);
  });

  it('a spread is stable and within min(interval / 10, 30 s)', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.integer({ min: 1, max: 24 * hour }), (name, phaseKey, intervalMs) => {
        const offset = spread(name, phaseKey, intervalMs);
        expect(offset).toBe(spread(name, phaseKey, intervalMs));
        expect(offset).toBeGreaterThanOrEqual(0);
        expect(offset).toBeLessThan(Math.min(intervalMs / 10, 30_000));
      }),
    );
    expect(new Set(Array.from({ length: 1_000 }, (_, index) => spread(`team/${index}`, 'store-1', hour))).size).toBe(
      30,
    );
  });
});
