import { expect, test } from 'vitest';
import { z } from 'zod';
import { exampleOf } from './example.ts';

const exactlyOne = { minProperties: 1, maxProperties: 1 };

test.each<[string, z.ZodType, unknown]>([
  ['its own example', z.string().meta({ example: 'x' }), 'x'],
  [
    'required fields and those with an example',
    z.object({
      required: z.string().meta({ example: 'a' }),
      shown: z.string().optional().meta({ example: 'b' }),
      hidden: z.string().optional(),
    }),
    { required: 'a', shown: 'b' },
  ],
  ['the first of an enum', z.enum(['a', 'b']), 'a'],
  ['one item of a list', z.array(z.boolean()), [true]],
  [
    'one key where there may be one only',
    z.object({ one: z.enum(['a']).optional(), other: z.enum(['b']).optional() }).meta(exactlyOne),
    { one: 'a' },
  ],
  [
    'of several, the one with an example',
    z.object({ one: z.enum(['a']).optional(), other: z.string().optional().meta({ example: 'b' }) }).meta(exactlyOne),
    { other: 'b' },
  ],
])('%s', (_, schema, expected) => {
  expect(exampleOf(schema)).toEqual(expected);
  expect(schema.safeParse(expected).success).toBe(true);
});

test('a required field without an example is named', () => {
  expect(() => exampleOf(z.object({ server: z.object({ url: z.string() }) }))).toThrow(/^server\.url: .*example/);
});
