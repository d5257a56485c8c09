import { expect, it } from 'vitest';
import { LAYERS } from './layers.ts';

it('the table has no cycle: each row imports what stands above it, its tests too', () => {
  const rows = Object.entries(LAYERS);
  const upward = rows.map(([layer, { imports, tests = [] }], index) => {
    const above = new Set(rows.slice(0, index).map(([name]) => name));
    return [layer, [...imports, ...tests].filter((name) => !above.has(name))] as const;
  });
  expect(upward.filter(([, names]) => names.length > 0)).toEqual([]);
});
