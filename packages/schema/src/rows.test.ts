import { expect, test } from 'vitest';
import { z } from 'zod';
import { rowsOf } from './rows.ts';
import { structural } from './structural.ts';

test('every field is a row: members, items and values, sorted as a tree', () => {
  const schema = z.object({
    list: z.array(z.object({ key: z.string().min(1) })).describe('A list.'),
    count: z.int().default(3),
    labels: z
      .record(z.string(), z.enum(['a', 'b']))
      .meta({ cel: [{ rule: 'true' }] })
      .optional(),
  });
  expect(rowsOf(structural(schema))).toEqual([
    { path: 'count', type: 'integer', default: 3 },
    { path: 'labels', type: 'object' },
    { path: 'labels{}', type: 'string', enum: ['a', 'b'] },
    { path: 'list', type: 'array', required: true },
    { path: 'list[]', type: 'object' },
    { path: 'list[].key', type: 'string', required: true, minLength: 1 },
  ]);
});
