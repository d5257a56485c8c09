import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fromDotenv, toDotenv } from './dotenv.ts';

const encode = (text: string | Uint8Array) => Buffer.from(text as string).toString('base64');

it('writes one line for each key, sorted, with quotes where they are needed', () => {
  const data = { b: encode('two words'), a: encode('plain-1'), c: encode("it's"), d: encode(`'"`), e: encode('') };
  expect(toDotenv('Secret "a/b"', data)).toBe("a=plain-1\nb='two words'\nc=\"it's\"\nd=`'\"`\ne=''\n");
});

// Node's own reader of env files is the judge.
it('is read back to the same bytes, whatever text is in it', () => {
  const key = fc.stringMatching(/^[-._a-zA-Z0-9]{1,20}$/);
  const value = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: fc.constantFrom('a', ' ', '\n', "'", '"', '`', '\\', '#', '$', '=', 'n', 'export ') }),
  );
  let written = 0;
  fc.assert(
    fc.property(fc.dictionary(key, value, { maxKeys: 5 }), (values) => {
      const data = Object.fromEntries(Object.entries(values).map(([name, text]) => [name, encode(text)]));
      let text: string;
      try {
        text = toDotenv('Secret "a/b"', data);
      } catch (error) {
        expect(error).toMatchObject({ code: 'invalid' });
        return;
      }
      written++;
      expect(fromDotenv(text)).toEqual(data);
    }),
    { numRuns: 500 },
  );
  expect(written).toBeGreaterThan(100);
});

it.each([
  ['binary', new Uint8Array([0xff, 0xfe])],
  ['a carriage return', 'a\r\nb'],
  ['all quotes', '\'"`'],
])('refuses %s and names the key, not the value', (_, value) => {
  const attempt = () => toDotenv('Secret "a/b"', { token: encode(value) });
  expect(attempt).toThrow(/Secret "a\/b": the value of "token" .* use the output format yaml/);
});
