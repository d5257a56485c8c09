import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextFiring, parseCron, previousFiring } from './cron.ts';
import { nextPermitted, permits } from './sync-windows.ts';

const at = (text: string): number => Date.parse(`2026-03-${text}Z`);
const nightly = { schedule: '0 22 * * *', duration: '2h' };
const bad = { schedule: '99 22 * * *', duration: '2h' };

describe('scenario 74: daily at 22:00 UTC for 2 h', () => {
  it.each(['10T22:00:00', '10T23:00:00', '11T00:00:00', '11T22:30:00'])('%s is inside', (text) => {
    expect(permits({ kind: 'allow', windows: [nightly] }, at(text))).toBe(true);
  });

  it.each(['11T00:00:01', '10T21:00:00', '10T03:00:00', '10T21:59:59'])('%s is outside', (text) => {
    expect(permits({ kind: 'allow', windows: [nightly] }, at(text))).toBe(false);
  });
});

it('scenario 75: allow permits inside, deny outside; without windows and of an unknown kind all is permitted', () => {
  const [inside, outside] = [at('10T22:30:00'), at('10T12:00:00')];
  const seen = ['allow', 'deny', 'unknown'].map((kind) => [
    permits({ kind, windows: [nightly] }, inside),
    permits({ kind, windows: [nightly] }, outside),
    permits({ kind, windows: [] }, outside),
  ]);
  expect(seen).toEqual([
    [true, false, true],
    [false, true, true],
    [true, true, true],
  ]);
  expect(permits(undefined, outside)).toBe(true);
});

it('scenario 76: a schedule that cannot be parsed is inactive', () => {
  const inside = at('10T22:30:00');
  expect(permits({ kind: 'allow', windows: [bad] }, inside)).toBe(false);
  expect(permits({ kind: 'deny', windows: [bad] }, inside)).toBe(true);
  expect(permits({ kind: 'allow', windows: [bad, nightly] }, inside)).toBe(true);
  expect(permits({ kind: 'allow', windows: [{ ...nightly, duration: 'x' }] }, inside)).toBe(false);
});

describe('nextPermitted', () => {
  it('is the opening of the next window under allow', () => {
    const windows = { kind: 'allow', windows: [nightly, { schedule: '30 6 * * 1', duration: '1h' }] };
    expect(nextPermitted(windows, at('10T12:00:00'))).toBe(at('10T22:00:00'));
    expect(nextPermitted(windows, at('10T22:10:00'))).toBe(at('10T22:10:00'));
    // 16 March 2026 is a Monday.
    expect(nextPermitted(windows, at('16T00:00:01'))).toBe(at('16T06:30:00'));
  });

  it('is the end of the last overlapping window under deny', () => {
    const windows = { kind: 'deny', windows: [nightly, { schedule: '30 23 * * *', duration: '3h' }] };
    expect(nextPermitted(windows, at('10T22:00:00'))).toBe(at('11T02:30:00.001'));
  });

  it('is never where no window can open, or one never ends', () => {
    expect(nextPermitted({ kind: 'allow', windows: [bad] }, at('10T12:00:00'))).toBeUndefined();
    const always = { schedule: '@every 1h', duration: '1h' };
    expect(nextPermitted({ kind: 'deny', windows: [always] }, at('10T12:00:00'))).toBeUndefined();
  });

  it('behind a row of seamless windows is a later time to ask again', () => {
    const seamless = { kind: 'deny', windows: [{ schedule: '* * * * *', duration: '1m' }] };
    const from = at('10T12:00:00');
    const opening = nextPermitted(seamless, from) ?? 0;
    expect(opening).toBeGreaterThan(from + 3_600_000);
    expect(permits(seamless, opening)).toBe(false);
  });

  it('is permitted itself, and nothing before it is', () => {
    const time = fc.integer({ min: at('01T00:00:00'), max: at('31T00:00:00') });
    const window = fc.record({
      schedule: fc.constantFrom('0 22 * * *', '*/20 1-3 * * *', '15 3 * * 1-5', '0 0 1,15 * *', '0 */6 * * *'),
      duration: fc.constantFrom('0s', '5m', '45m', '3h'),
    });
    const windows = fc.record({
      kind: fc.constantFrom('allow', 'deny'),
      windows: fc.array(window, { minLength: 1, maxLength: 3 }),
    });
    fc.assert(
      fc.property(windows, time, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (gate, from, part) => {
        const opening = nextPermitted(gate, from);
        if (opening === undefined) return;
        expect(permits(gate, opening)).toBe(true);
        if (opening > from)
          expect(permits(gate, Math.min(opening - 1, Math.floor(from + (opening - from) * part)))).toBe(false);
      }),
    );
  });
});

it('@every has no anchor: it is always active when it is no longer than the duration, and never otherwise', () => {
  const window = (every: string) => ({ kind: 'allow', windows: [{ schedule: `@every ${every}`, duration: '10m' }] });
  expect(['5m', '10m', '10m1s', '10m2s', 'x'].map((every) => permits(window(every), at('10T12:34:56')))).toEqual([
    true,
    true,
    true,
    false,
    false,
  ]);
});

describe('cron', () => {
  const firing = (schedule: string, from: string): string | undefined => {
    const parsed = parseCron(schedule);
    if (!parsed) throw new Error(`not a schedule: ${schedule}`);
    const next = nextFiring(parsed, Date.parse(from), Date.parse('2040-01-01T00:00:00Z'));
    return next === undefined ? undefined : new Date(next).toISOString();
  };

  it.each([
    ['*/15 * * * *', '2026-03-10T12:01:30Z', '2026-03-10T12:15:00.000Z'],
    ['5/20 * * * *', '2026-03-10T12:06:00Z', '2026-03-10T12:25:00.000Z'],
    ['0 9-17/4 * * *', '2026-03-10T10:00:00Z', '2026-03-10T13:00:00.000Z'],
    ['0 0 * * sun', '2026-03-10T00:00:00Z', '2026-03-15T00:00:00.000Z'],
    ['0 0 ? JUN-AUG *', '2026-03-10T00:00:00Z', '2026-06-01T00:00:00.000Z'],
    ['0 0 29 2 *', '2026-03-10T00:00:00Z', '2028-02-29T00:00:00.000Z'],
    // Both days restricted: either one is enough. 13 March 2026 is a Friday.
    ['0 0 20 * 5', '2026-03-10T00:00:00Z', '2026-03-13T00:00:00.000Z'],
    ['0 0 20 * 5', '2026-03-13T00:00:00Z', '2026-03-20T00:00:00.000Z'],
    ['@yearly', '2026-03-10T00:00:00Z', '2027-01-01T00:00:00.000Z'],
    ['@annually', '2026-03-10T00:00:00Z', '2027-01-01T00:00:00.000Z'],
    ['@monthly', '2026-03-10T00:00:00Z', '2026-04-01T00:00:00.000Z'],
    ['@weekly', '2026-03-10T00:00:00Z', '2026-03-15T00:00:00.000Z'],
    ['@daily', '2026-03-10T00:00:00Z', '2026-03-11T00:00:00.000Z'],
    ['@midnight', '2026-03-10T00:00:00Z', '2026-03-11T00:00:00.000Z'],
    ['@hourly', '2026-03-10T00:00:00Z', '2026-03-10T01:00:00.000Z'],
    ['0 0 31 2 *', '2026-03-10T00:00:00Z', undefined],
  ])('%s after %s fires at %s', (schedule, from, expected) => {
    expect(firing(schedule, from)).toBe(expected);
  });

  it.each([
    '',
    '* * * *',
    '* * * * * *',
    '60 * * * *',
    '* 24 * * *',
    '* * 0 * *',
    '* * * 13 *',
    '* * * * 7',
    '5-1 * * * *',
    '*/0 * * * *',
    '*-5 * * * *',
    'x * * * *',
    '@never',
    '1,,2 * * * *',
    '1-2-3 * * * *',
  ])('%j is no schedule', (schedule) => {
    expect(parseCron(schedule)).toBeUndefined();
  });

  it('the firing before the next one is not after the time that was asked for', () => {
    const schedules = ['*/7 3,15 * * *', '0 0 1 * *', '30 4 * 1-6 2', '15 12 13 * 5'];
    fc.assert(
      fc.property(fc.constantFrom(...schedules), fc.integer({ min: 0, max: 4e12 }), (text, time) => {
        const schedule = parseCron(text);
        if (!schedule) throw new Error('not a schedule');
        const before = previousFiring(schedule, time, time - 400 * 86_400_000) ?? Number.NaN;
        const next = nextFiring(schedule, time, time + 400 * 86_400_000) ?? Number.NaN;
        expect(before).toBeLessThanOrEqual(time);
        expect(next).toBeGreaterThan(time);
        expect(nextFiring(schedule, before, next)).toBe(next);
        expect(previousFiring(schedule, next - 1, before)).toBe(before);
      }),
    );
  });
});

it('an object with very many windows does not hold the others up: it is looked at again sooner', () => {
  const always = { schedule: '* * * * *', duration: '1h' };
  const next = (count: number) =>
    nextPermitted({ kind: 'deny', windows: Array.from({ length: count }, () => always) }, at('10T22:00:00')) ?? 0;
  const steps = (count: number) => Math.floor((next(count) - at('10T22:00:00')) / 3_600_000);
  expect([1, 10, 100, 20_000].map(steps)).toEqual([500, 500, 50, 1]);
});
