import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compactJson, jsonString, plainNumber } from './json-text.ts';

const plain = { escapeHtml: false };
const escaped = { escapeHtml: true };

describe('compactJson', () => {
  it('sorts keys by their bytes and keeps the digits of numbers', () => {
    const source =
      '{ "b": [1.10, 12345678901234567890, 1E5], "10": {}, "9": null, "a": { "y": true, "x": "\\u0041" } }';
    expect(compactJson(source, plain)).toBe(
      '{"10":{},"9":null,"a":{"x":"A","y":true},"b":[1.10,12345678901234567890,1E5]}',
    );
  });

  it('escapes as Go does', () => {
    expect(compactJson('"<a>&\u2028é"', escaped)).toBe('"\\u003ca\\u003e\\u0026\\u2028é"');
    expect(compactJson('"<a>&\u2028é"', plain)).toBe('"<a>&\\u2028é"');
  });

  it('takes a member called __proto__ as a member', () => {
    expect(compactJson('{"__proto__":{"a":1},"constructor":2}', plain)).toBe('{"__proto__":{"a":1},"constructor":2}');
  });

  it.each(['', 'x', '{', '{"a":}', '[1,]'])('%j is no JSON', (source) => {
    expect(compactJson(source, plain)).toBeUndefined();
  });

  it('means the same as its source', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.boolean(), (value, escapeHtml) => {
        const source = JSON.stringify(value, undefined, 2);
        expect(JSON.parse(compactJson(source, { escapeHtml }) ?? '')).toEqual(JSON.parse(source));
      }),
    );
  });
});

it('a quoted string is read back', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.boolean(), (text, escapeHtml) => {
      expect(JSON.parse(jsonString(text, { escapeHtml }))).toBe(text);
    }),
  );
});

describe('plainNumber', () => {
  it.each([
    ['12345678901234567890', '12345678901234567890'],
    ['1.10', '1.10'],
    ['-0', '-0'],
    ['1e3', '1000'],
    ['1.5E+2', '150'],
    ['1.25e1', '12.5'],
    ['-12e-3', '-0.012'],
    ['0e5', '0'],
    ['12.50e0', '12.5'],
    ['1e400', `1${'0'.repeat(400)}`],
    ['1e401', undefined],
    ['1e-999999999', undefined],
  ])('%s is %s', (source, expected) => {
    expect(plainNumber(source)).toBe(expected);
  });

  it('is the same number, without an exponent', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
        const text = plainNumber(number.toExponential()) ?? '';
        expect(text).toMatch(/^-?\d+(\.\d+)?$/);
        expect(Number(text)).toBe(Number(number.toExponential()));
      }),
    );
  });
});
