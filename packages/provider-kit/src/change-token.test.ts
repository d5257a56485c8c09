import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { changeToken } from './change-token.ts';

test('equal bytes have one token, others another, and it is no hash that could be guessed', () => {
  const value = Buffer.from('secret');
  expect(changeToken(value)).toBe(changeToken(Buffer.from('secret')));
  expect(changeToken(value)).not.toBe(changeToken(Buffer.from('secreT')));
  expect(changeToken(value)).not.toBe(createHash('sha256').update(value).digest('base64url'));
});
