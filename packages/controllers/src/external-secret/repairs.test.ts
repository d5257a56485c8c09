import type { ExternalSecret } from '@esox/api';
import { expect, it } from 'vitest';
import { Repairs } from './repairs.ts';
import { SyncFactsStore } from './sync-facts.ts';

const object = { metadata: { namespace: 'team-a', name: 'app', uid: 'u' }, spec: { target: {} } } as ExternalSecret;

function repairing() {
  const times = { wall: 1_000_000_000, steady: 5_000 };
  const notes: string[] = [];
  const repairs = new Repairs({
    clock: { now: () => times.wall, sleep: () => Promise.resolve() },
    steady: { now: () => times.steady, sleep: () => Promise.resolve() },
    facts: new SyncFactsStore(),
    note: (_object, { type, message }) => notes.push(`${type} ${message}`),
  });
  const pass = (ms: number) => {
    times.wall += ms;
    times.steady += ms;
  };
  return { repairs, times, notes, pass };
}

it('twenty in a minute, then none until the first of them is a minute old, and then one for each that is', () => {
  const { repairs, times, pass } = repairing();
  for (let count = 0; count < 20; count++) {
    expect(repairs.next(object)).toBeUndefined();
    pass(1000);
  }
  expect(repairs.next(object)).toBe(times.wall + 40_000);
  pass(39_999);
  expect(repairs.next(object)).toBe(times.wall + 1);
  pass(1);
  expect(repairs.next(object)).toBeUndefined();
  expect(repairs.next(object)).toBe(times.wall + 1000);
  pass(1000);
  expect(repairs.next(object)).toBeUndefined();
});

it('each hold is told once, and names the Secret and where to look', () => {
  const { repairs, notes } = repairing();
  for (let count = 0; count < 30; count++) repairs.next(object);
  expect(notes).toEqual([expect.stringMatching(/^Warning .*"app".*managedFields/)]);
});

it('a wall clock that is set back holds nothing longer', () => {
  const { repairs, times, pass } = repairing();
  for (let count = 0; count < 21; count++) repairs.next(object);
  times.wall -= 3_600_000;
  expect(repairs.next(object)).toBe(times.wall + 60_000);
  pass(60_000);
  expect(repairs.next(object)).toBeUndefined();
});

it('an object that is deleted and made anew starts from nothing', () => {
  const { repairs } = repairing();
  for (let count = 0; count < 21; count++) repairs.next(object);
  expect(repairs.next({ ...object, metadata: { ...object.metadata, uid: 'another' } })).toBeUndefined();
});

it('repairs once in a while are never held', () => {
  const { repairs, notes, pass } = repairing();
  for (let count = 0; count < 500; count++) {
    expect(repairs.next(object)).toBeUndefined();
    pass(3001);
  }
  expect(notes).toEqual([]);
});
