import { describe, expect, it } from 'vitest';
import { timestamp, withCondition } from './conditions.ts';

const at = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

describe('withCondition', () => {
  it('writes times in whole seconds', () => {
    expect(timestamp(at)).toBe('2026-01-02T03:04:05Z');
  });

  it('keeps an equal condition untouched, so that nothing is written', () => {
    const first = withCondition([], { type: 'Ready', status: 'True', reason: 'SecretSynced', message: 'm' }, at);
    expect(
      withCondition(first, { type: 'Ready', status: 'True', reason: 'SecretSynced', message: 'm' }, at + 9e6),
    ).toBe(first);
  });

  it('keeps the transition time while the status stays', () => {
    const first = withCondition([], { type: 'Ready', status: 'False', reason: 'SecretSyncedError', message: 'a' }, at);
    const second = withCondition(
      first,
      { type: 'Ready', status: 'False', reason: 'SecretSyncedError', message: 'b' },
      at + 60_000,
    );
    expect(second).toEqual([
      { type: 'Ready', status: 'False', reason: 'SecretSyncedError', message: 'b', lastTransitionTime: timestamp(at) },
    ]);
  });

  it('moves the transition time when the status changes, and leaves other types alone', () => {
    const other = { type: 'Deleted', status: 'False' } as const;
    const first = withCondition([other], { type: 'Ready', status: 'False' }, at);
    const second = withCondition(first, { type: 'Ready', status: 'True' }, at + 60_000);
    expect(second).toEqual([other, { type: 'Ready', status: 'True', lastTransitionTime: timestamp(at + 60_000) }]);
  });
});
