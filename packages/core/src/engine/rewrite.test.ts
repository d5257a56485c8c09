import { describe, expect, it } from 'vitest';
import { Sealed } from '../provider/sealed.ts';
import type { MergeSpec, RewriteSpec } from './entries.ts';
import { rewriteKeys } from './rewrite.ts';

const data = (members: Record<string, string>) =>
  new Map(Object.entries(members).map(([name, value]) => [name, Sealed.text(value)] as const));

function rewritten(members: Record<string, string>, ...rewrite: RewriteSpec[]): Record<string, string> {
  return Object.fromEntries([...rewriteKeys(data(members), rewrite)].map(([name, value]) => [name, value.openText()]));
}

const regexp = (source: string, target: string): RewriteSpec => ({ regexp: { source, target } });
const merge = (spec: MergeSpec = {}): RewriteSpec => ({ merge: spec });

describe('regexp', () => {
  it('scenario 49: operations follow one another, and a key without a match stays', () => {
    const chain = [regexp('^p/', ''), regexp('-', '_')];
    expect(rewritten({ 'p/a-b': '1', other: '2' }, ...chain)).toEqual({ a_b: '1', other: '2' });
  });

  it('scenario 50: numbered and named groups expand', () => {
    expect(rewritten({ 'prod-db': '1' }, regexp('^(?P<env>\\w+)-(\\w+)$', '$2.${env}'))).toEqual({ 'db.prod': '1' });
  });

  // As Go's regexp.ReplaceAllString answers.
  it.each([
    ['abc', 'b', '$1x', 'ac'],
    ['abc', '(b)', '$1x', 'ac'],
    ['abc', '(b)', '${1}x', 'abxc'],
    ['abc', '(b)', '$$1', 'a$1c'],
    ['abc', '(b)', '$9', 'ac'],
    ['abc', '(b)|(z)', '[$2]', 'a[]c'],
    ['abc', 'b', '$', 'a$c'],
    ['abc', 'b', '${', 'a${c'],
    ['abc', 'b', '${1', 'a${1c'],
    ['abc', 'b', '$-', 'a$-c'],
    ['abc', '(?P<x>b)', '$x-$y', 'ab-c'],
    ['baaac', 'a*', 'x', 'xbxcx'],
    ['abc', '', '-', '-a-b-c-'],
    ['abc', '^', 'p-', 'p-abc'],
    ['abc', '$', '-s', 'abc-s'],
    ['a.b', '\\.', '\\', 'a\\b'],
    ['\u{1F600}x', '', '-', '-\u{1F600}-x-'],
  ])('%s with %j and %j is %s', (key, source, target, expected) => {
    expect(rewritten({ [key]: '1' }, regexp(source, target))).toEqual({ [expected]: '1' });
  });

  it('of two keys that become one the later in order wins', () => {
    expect(rewritten({ b: 'of b', a: 'of a' }, regexp('.', 'x'))).toEqual({ x: 'of b' });
  });

  it('a pattern that is not RE2 is an error that names operation and pattern', () => {
    expect(() => rewritten({ a: '1' }, regexp('a', 'b'), regexp('(?=a)', ''))).toThrow(
      expect.objectContaining({
        code: 'invalid-config',
        message: 'rewrite[1]: regexp.source "(?=a)" is not a regular expression of RE2',
      }),
    );
  });
});

describe('merge', () => {
  it('scenario 51: overlapping members are an error by default', () => {
    expect(() => rewritten({ a: '{"x":1,"y":1}', b: '{"x":2,"y":2,"z":3}' }, merge())).toThrow(
      expect.objectContaining({ code: 'invalid-ref', message: expect.stringContaining('"x", "y"') as string }),
    );
  });

  it('scenario 51: Ignore lets the later win, and those of the priority come last', () => {
    const members = { a: '{"x":"a"}', b: '{"x":"b"}', c: '{"x":"c"}' };
    expect(rewritten(members, merge({ conflictPolicy: 'Ignore' }))).toEqual({ x: 'c' });
    expect(rewritten(members, merge({ conflictPolicy: 'Ignore', priority: ['a'] }))).toEqual({ x: 'a' });
    expect(rewritten(members, merge({ conflictPolicy: 'Ignore', priority: ['a', 'b'] }))).toEqual({ x: 'b' });
  });

  it('scenario 51: a priority that is not there is an error, or ignored', () => {
    const members = { a: '{"x":"a"}' };
    expect(() => rewritten(members, merge({ priority: ['gone'] }))).toThrow(/"gone"/);
    expect(rewritten(members, merge({ priority: ['gone'], priorityPolicy: 'IgnoreNotFound' }))).toEqual({ x: 'a' });
  });

  it('scenario 52: JSON needs into, keeps the originals and adds one key', () => {
    const members = { a: '{"y":"<","n":123}', b: '{"m":1.10}' };
    expect(() => rewritten(members, merge({ strategy: 'JSON' }))).toThrow(/needs "into"/);
    const into = merge({ strategy: 'JSON', into: 'all' });
    expect(rewritten(members, into)).toEqual({ ...members, all: '{"m":1.10,"n":123,"y":"<"}' });
  });

  it('scenario 52: a number surfaces as it was after an Extract', () => {
    const members = { a: '{"n":123}' };
    const steps = [merge({ strategy: 'JSON', into: 'a' }), merge()];
    expect(rewritten(members, ...steps)).toEqual({ n: '123' });
  });

  it('scenario 53: a value that is not a JSON object is an error that quotes nothing', () => {
    for (const value of ['canary', '[1]', '"canary"', '1', '{"canary"']) {
      expect(() => rewritten({ a: value }, merge())).toThrow(
        expect.objectContaining({ message: 'rewrite[0]: merge: the value of key "a" is not a JSON object' }),
      );
    }
  });

  it('renders members: texts verbatim, numbers in plain decimals with all digits, the rest as JSON', () => {
    const value =
      '{"s":"a<b","n":12345678901234567890,"d":1.10,"e":1.5e3,"t":true,"z":null,"o":{"b":"<","a":1e2},"l":[1, 2]}';
    expect(rewritten({ v: value }, merge())).toEqual({
      s: 'a<b',
      n: '12345678901234567890',
      d: '1.10',
      e: '1500',
      t: 'true',
      z: '',
      o: '{"a":1e2,"b":"\\u003c"}',
      l: '[1,2]',
    });
  });

  it('a null counts as empty, be it the text or what an extract has made of it', () => {
    expect(rewritten({ a: 'null', b: '', c: '{"x":1}' }, merge())).toEqual({ x: '1' });
  });

  it('a number that no float64 can be is refused', () => {
    expect(() => rewritten({ a: '{"n":1e999}' }, merge())).toThrow(/"n" is out of range/);
  });
});

it('transform is refused and not ignored', () => {
  expect(() => rewritten({ a: '1' }, { transform: { template: '{{ .value }}' } })).toThrow(
    expect.objectContaining({ code: 'not-supported' }),
  );
});
