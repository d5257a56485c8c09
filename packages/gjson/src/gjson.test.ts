import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapePath, get, members } from './index.ts';

interface Vector {
  readonly json: string;
  readonly path: string;
  readonly exists: boolean;
  readonly raw: string;
  readonly str: string;
}

// Recorded from gjson 1.18.0.
const vectors = readFileSync(join(import.meta.dirname, '../fixtures/gjson.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Vector);

describe('vectors of gjson 1.18.0', () => {
  it.each(vectors.map((vector) => [vector.path, vector] as const))('%s', (path, { json, exists, raw, str }) => {
    const value = get(json, path);
    expect({ exists: value.exists, raw: value.raw, str: value.text }).toEqual({ exists, raw, str });
  });
});

describe('properties', () => {
  it('an escaped key finds exactly its member', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ minLength: 1 }), fc.string()),
        fc.string({ minLength: 1 }),
        (object, other) => {
          const json = JSON.stringify(object);
          for (const key of Object.keys(object))
            expect(get(json, escapePath(key)).text).toBe(object[key]?.toWellFormed());
          if (!Object.hasOwn(object, other)) expect(get(json, escapePath(other)).exists).toBe(false);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('members are those of the object, with their source', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (object) => {
        const found = members(JSON.stringify(object));
        expect([...(found?.keys() ?? [])].toSorted()).toEqual(Object.keys(object).toSorted());
        for (const [key, value] of found ?? [])
          expect(JSON.parse(value.raw)).toEqual(JSON.parse(JSON.stringify(object[key])));
      }),
      { numRuns: 300 },
    );
  });

  it('never throws, whatever text and path', () => {
    const texts = fc.oneof(fc.string(), fc.json());
    const paths = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'a.#|@()[]{}"\\*?=!~,0:') }));
    fc.assert(
      fc.property(texts, paths, (text, path) => void get(text, path)),
      { numRuns: 2000 },
    );
  });

  it('a path of any depth ends', () => {
    expect(get('{}', '@this|'.repeat(10_000)).exists).toBe(false);
    expect(get('['.repeat(10_000), '0.'.repeat(10_000)).exists).toBe(false);
  });
});

describe('members', () => {
  it('keeps big numbers, spacing and the last of two equal keys; `__proto__` is a key like any other', () => {
    const found = members('{"n": 12345678901234567890, "o": { "x" : 1.50 }, "a": 1, "a": 2, "__proto__": "p"}');
    expect(found?.get('n')?.text).toBe('12345678901234567890');
    expect(found?.get('o')?.raw).toBe('{ "x" : 1.50 }');
    expect(found?.get('a')?.raw).toBe('2');
    expect(found?.get('__proto__')?.text).toBe('p');
    expect(found?.has('constructor')).toBe(false);
  });

  it.each(['[1]', '"text"', 'canary', '', '{"a":1', '{"a":1} x', '1'])('%j is no object', (text) => {
    expect(members(text)).toBeUndefined();
  });
});
