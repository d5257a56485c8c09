import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { canonicalJson, isJsonObject, readJson } from './json.ts';

function roundTrip(text: string, escapeHtml = true): string {
  return canonicalJson(readJson(Buffer.from(text), 'the test'), { escapeHtml });
}

// Each expected text is what Go's encoding/json makes of the value with UseNumber.
test.each([
  ['{"b":1,"a":[true,null,"x"]}', '{"a":[true,null,"x"],"b":1}'],
  ['{ "n" : [ 12345678901234567890, 1.10, 1e5, -0.0 ] }', '{"n":[12345678901234567890,1.10,1e5,-0.0]}'],
  ['"<a href=\\"x\\">&</a>"', '"\\u003ca href=\\"x\\"\\u003e\\u0026\\u003c/a\\u003e"'],
  ['"\\u2028\\u2029"', '"\\u2028\\u2029"'],
  ['"\\u0000\\u001f\\b\\f\\n\\r\\t\\u007f"', '"\\u0000\\u001f\\b\\f\\n\\r\\t\u007f"'],
  ['"\\ud800"', '"\ufffd"'],
  ['"gr\u00f6\u00dfe \\u00e9 \u65e5"', '"gr\u00f6\u00dfe \u00e9 \u65e5"'],
  ['{"2":1,"10":2,"a":3,"":4}', '{"":4,"10":2,"2":1,"a":3}'],
  ['{"\uff5e":1,"\ud83d\ude00":2}', '{"\uff5e":1,"\ud83d\ude00":2}'],
  ['{"a":1,"a":2}', '{"a":2}'],
  ['[]', '[]'],
  ['{}', '{}'],
])('%s', (source, expected) => {
  expect(roundTrip(source)).toBe(expected);
});

test('HTML is left as it is where that is asked for; line separators are not', () => {
  expect(roundTrip('"<&>\u2028"', false)).toBe('"<&>\\u2028"');
});

test('members that objects bring along are members like others', () => {
  const value = readJson(Buffer.from('{"__proto__":{"admin":true},"constructor":1}'), 'the test');
  expect(roundTrip('{"__proto__":{"admin":true},"constructor":1}')).toBe(
    '{"__proto__":{"admin":true},"constructor":1}',
  );
  expect(isJsonObject(value) && value['toString']).toBeUndefined();
  expect(({} as { admin?: boolean }).admin).toBeUndefined();
});

test('bytes that are not UTF-8 become U+FFFD, as in Go', () => {
  expect(canonicalJson(readJson(Buffer.from([0x22, 0xff, 0x22]), 'the test'), { escapeHtml: true })).toBe('"\ufffd"');
});

test('what is not JSON is named and never quoted', () => {
  const nested = '['.repeat(200_000);
  for (const text of ['canary-4711', '{"a":"canary-4711"', '', nested]) {
    let error: unknown;
    try {
      readJson(Buffer.from(text), 'the answer');
    } catch (caught) {
      error = caught;
    }
    expect(error).toMatchObject({ code: 'unavailable', message: 'the answer is not JSON' });
    expect(inspect(error, { showHidden: true })).not.toContain('canary');
  }
});
