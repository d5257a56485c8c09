import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { success } from '../provider/outcome.ts';
import { Sealed } from '../provider/sealed.ts';
import { entriesOf, type EntriesSpec } from './entries.ts';
import type { FetchedEntry } from './fetch-entries.ts';
import { gjsonDocuments } from './provider.fixture.ts';
import { shapeEntries } from './shape-entries.ts';

type Texts = Record<string, string>;

const latin1 = (text: string): Sealed => Sealed.of(Buffer.from(text, 'latin1'));

/** What one entry makes of a value, or of the values that a find brought. */
function shaped(spec: EntriesSpec, content: string | Texts): Texts | string {
  const [entry] = entriesOf({ secretStoreRef: { name: 'main' }, ...spec });
  if (!entry) throw new Error('the spec has one entry');
  const secrets = Object.entries(content).map(([key, text]) => ({ key, value: { content: latin1(text) } }));
  const raw =
    typeof content === 'string'
      ? ({ type: 'secret', value: { content: latin1(content) }, documents: gjsonDocuments } as const)
      : ({ type: 'found', secrets } as const);
  const fetched: FetchedEntry = { entry, outcome: success(raw), token: undefined };
  const outcome = shapeEntries([fetched])[0]?.outcome;
  if (!outcome) throw new Error('one entry has one outcome');
  if (!outcome.ok) return outcome.error.message.replace(/^.* of SecretStore "main": /, '');
  return Object.fromEntries(
    [...outcome.value].map(([key, value]) => [key, Buffer.from(value.open()).toString('latin1')]),
  );
}

type Policies = Omit<NonNullable<NonNullable<EntriesSpec['dataFrom']>[number]['extract']>, 'key'>;
const one = (policies: Policies): EntriesSpec => ({ data: [{ secretKey: 'k', remoteRef: { key: 'a', ...policies } }] });
const extract = (policies: Policies = {}, rewrite?: { regexp: { source: string; target: string } }[]): EntriesSpec => ({
  dataFrom: [{ extract: { key: 'a', ...policies }, rewrite }],
});
const find = (policies: Policies = {}): EntriesSpec => ({ dataFrom: [{ find: policies }] });

describe('keys', () => {
  it('scenario 46: without a rewrite keys are converted, with an identity rewrite an invalid one is an error', () => {
    expect(shaped(extract(), '{"foo/bar":"1"}')).toEqual({ foo_bar: '1' });
    expect(shaped(find(), { 'foo/bar': '1' })).toEqual({ foo_bar: '1' });
    const identity = [{ regexp: { source: '(.*)', target: '$1' } }];
    expect(shaped(extract({}, identity), '{"foo/bar":"1"}')).toMatch(/^key "foo\/bar" holds a character/);
  });

  it('scenario 47: two keys that become one are an error under Default and unset', () => {
    for (const policies of [{}, { conversionStrategy: 'Default' as const }]) {
      expect(shaped(extract(policies), '{"a$b":"1","a_b":"2"}')).toMatch(/^keys "a\$b" and "a_b" both become "a_b"/);
    }
  });

  it('scenario 48: Unicode conversion writes the code point', () => {
    const policies = { conversionStrategy: 'Unicode' as const };
    expect(shaped(extract(policies), '{"\\ud83d\\ude00":"1","a/b":"2","\\u00e9-1._":"3"}')).toEqual({
      _U1f600_: '1',
      a_U002f_b: '2',
      'é-1._': '3',
    });
  });

  it('letters and numbers of every script stay', () => {
    expect(
      shaped(
        extract(),
        JSON.stringify({ '\u0416\u0660\u216b': '1' }).replace(
          /[^\x20-\x7e]/g,
          (rune) => `\\u${rune.charCodeAt(0).toString(16).padStart(4, '0')}`,
        ),
      ),
    ).toEqual({ '\u0416\u0660\u216b': '1' });
  });

  it('an empty key is dropped, one of more than 253 bytes is an error', () => {
    expect(shaped(extract(), '{"":"1","a":"2"}')).toEqual({ a: '2' });
    expect(shaped(extract(), `{"${'x'.repeat(253)}":"1"}`)).toEqual({ ['x'.repeat(253)]: '1' });
    expect(shaped(extract(), `{"${'x'.repeat(254)}":"1"}`)).toMatch(/has 254 bytes/);
    expect(shaped(extract(), `{"${'\\u00e9'.repeat(127)}":"1"}`)).toMatch(/has 254 bytes/);
  });
});

describe('scenario 54: decoding', () => {
  const bytes = Buffer.from([251, 255, 190, 0]).toString('latin1');

  it('Auto leaves what is no Base64, and decodes both alphabets', () => {
    const policies = { decodingStrategy: 'Auto' as const };
    expect(shaped(one(policies), 'abc')).toEqual({ k: 'abc' });
    expect(shaped(one(policies), 'aGk=')).toEqual({ k: 'hi' });
    expect(shaped(one(policies), '-_--AA==')).toEqual({ k: bytes });
    expect(shaped(one(policies), '+/++AA==')).toEqual({ k: bytes });
  });

  it('an explicit alphabet refuses another text, without quoting it', () => {
    expect(shaped(one({ decodingStrategy: 'Base64' }), 'canary!')).toBe(
      'the value is not Base64, which decodingStrategy asks for',
    );
    expect(shaped(one({ decodingStrategy: 'Base64' }), '-_--AA==')).toMatch(/is not Base64,/);
    expect(shaped(one({ decodingStrategy: 'Base64URL' }), '+/++AA==')).toMatch(/is not Base64URL,/);
    expect(shaped(one({ decodingStrategy: 'Base64' }), 'aGk')).toMatch(/is not Base64,/);
    expect(shaped(one({ decodingStrategy: 'Base64' }), 'aG\r\nk=\n')).toEqual({ k: 'hi' });
  });

  it('None and unset leave the value', () => {
    expect(shaped(one({ decodingStrategy: 'None' }), 'aGk=')).toEqual({ k: 'aGk=' });
    expect(shaped(one({}), 'aGk=')).toEqual({ k: 'aGk=' });
  });

  it('applies to every value of a map, and an error names the key', () => {
    const policies = { decodingStrategy: 'Base64' as const };
    expect(shaped(extract(policies), '{"a":"aGk=","b":""}')).toEqual({ a: 'hi', b: '' });
    expect(shaped(find(policies), { a: 'aGk=', b: 'canary!' })).toBe(
      'key "b": the value is not Base64, which decodingStrategy asks for',
    );
  });

  it('decodes what was encoded', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (value) => {
        const buffer = Buffer.from(value);
        const padded = buffer.toString('base64url') + '='.repeat((4 - (buffer.toString('base64url').length % 4)) % 4);
        const text = { k: buffer.toString('latin1') };
        expect(shaped(one({ decodingStrategy: 'Base64' }), buffer.toString('base64'))).toEqual(text);
        expect(shaped(one({ decodingStrategy: 'Base64URL' }), padded)).toEqual(text);
      }),
    );
  });
});

describe('scenario 55: null bytes', () => {
  const policies = { nullBytePolicy: 'Fail' as const };

  it('are refused in data, extract and find, after decoding', () => {
    expect(shaped(one(policies), 'a\0b')).toMatch(/^the value of key "k" holds a null byte/);
    expect(shaped(one({ ...policies, decodingStrategy: 'Base64' }), 'AA==')).toMatch(/key "k" holds a null byte/);
    expect(shaped(extract(policies), '{"x":"\\u0000"}')).toMatch(/key "x" holds a null byte/);
    expect(shaped(find(policies), { x: '\0' })).toMatch(/key "x" holds a null byte/);
  });

  it('of two offenders the alphabetically first is named', () => {
    expect(shaped(find(policies), { b: '\0', c: 'fine', a: '\0' })).toMatch(/key "a"/);
  });

  it('are accepted under Ignore and unset', () => {
    expect(shaped(one({ nullBytePolicy: 'Ignore' }), '\0')).toEqual({ k: '\0' });
    expect(shaped(one({}), '\0')).toEqual({ k: '\0' });
  });
});

it('a whole value that is no text survives byte for byte', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (value) => {
      const text = Buffer.from(value).toString('latin1');
      expect(shaped(one({}), text)).toEqual({ k: text });
    }),
  );
});

it('a big number keeps its digits through property and extract', () => {
  const document = '{"n":12345678901234567890}';
  expect(shaped(one({ property: 'n' }), document)).toEqual({ k: '12345678901234567890' });
  expect(shaped(extract(), document)).toEqual({ n: '12345678901234567890' });
});

it("a failure in reading is the entry's own, and only not-found is absent", () => {
  expect(shaped(one({ property: 'b' }), '{"a":"canary"}')).toBe('the secret has no property "b"');
});
