import { expect, test } from 'vitest';
import { exampleOf } from '@esox/schema';
import { config } from './config.ts';

test('its example is valid', () => {
  expect(config.safeParse(exampleOf(config)).error).toBeUndefined();
});

test('an empty key or value is refused with its position', () => {
  const result = config.safeParse({
    data: [
      { key: 'a', value: 'b' },
      { key: 'a', value: '' },
    ],
  });
  expect(result.error?.issues).toMatchObject([{ path: ['data', 1], message: 'key and value must not be empty' }]);
});
