import { expect, test } from 'vitest';
import { StoreChecks, type StoreNews } from './store-checks.ts';

function watched(): { checks: StoreChecks; news: StoreNews[] } {
  const checks = new StoreChecks();
  const news: StoreNews[] = [];
  checks.subscribe((item) => void news.push(item));
  return { checks, news };
}

test('an object that waits is told of the first result, once', () => {
  const { checks, news } = watched();
  expect(checks.park('a', 'v1', 'x')).toBe(true);
  expect(checks.park('a', 'v1', 'x')).toBe(true);
  expect(checks.parked).toBe(1);
  checks.set('a', 'v1', { state: 'ready' });
  checks.set('a', 'v1', { state: 'ready' });
  expect(news).toEqual([{ storeId: 'a', change: 'checked', parked: ['x'] }]);
  expect(checks.parked).toBe(0);
});

test('a result that came while the object was on its way is not waited for', () => {
  const { checks } = watched();
  checks.set('a', 'v1', { state: 'ready' });
  expect(checks.park('a', 'v1', 'x')).toBe(false);
  expect(checks.park('a', 'v2', 'x')).toBe(true);
});

test('a store that is deleted lets go of what waited for it', () => {
  const { checks, news } = watched();
  checks.park('a', 'v1', 'x');
  checks.forget('a');
  expect(news).toEqual([{ storeId: 'a', change: 'gone', parked: ['x'] }]);
});
