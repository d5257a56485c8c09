import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Sealed } from '../provider/sealed.ts';
import { dataHash, fieldManagerFor, goFormat, hash, ownerHash, versionOf } from './hash.ts';

const text = (value: string) => Sealed.text(value);

describe('the hashes of core.md Appendix D', () => {
  it.each([
    ['<nil>', hash(undefined), 'c461202a18e99215f121936fb2452e03843828e448a00a53f285a6fc'],
    ['map[]', hash({}), '74a974446e359fb3e6baff9bd0058950e6edd0f040888d9989b0a11b'],
    ['data {}', dataHash(new Map()), '74a974446e359fb3e6baff9bd0058950e6edd0f040888d9989b0a11b'],
    [
      'data {password}',
      dataHash(new Map([['password', text('s3cr3t')]])),
      '32624ec2bbb01c19a38546e9e3c9996bce3ad67744c9550874b627b9',
    ],
    [
      'data {a, b}',
      dataHash(
        new Map([
          ['b', text('')],
          ['a', text('hi')],
        ]),
      ),
      '7ea3465c6776a2d21a7c6afaa765c3abc9e38a7cb9b4d770456f0b89',
    ],
    ['owner label', ownerHash('team-a', 'db'), 'c7d0bd38cd56c8c15593aee43a4d993d349bf4b2f1e738e457215340'],
    ['no metadata', versionOf({ generation: 3 }), '3-f47fe3c0b255b6dd8047cdffa772587bb829efe7a1cb70febeda2eb2'],
    [
      'labels',
      versionOf({ generation: 1, labels: { tier: 'be', app: 'web' } }),
      '1-ca92db4b1cf09767bfa0761314b39fa0b98fd57ab3b4ba33a3aec72d',
    ],
    [
      'generic',
      hash({ s: 'text', n: 3, list: ['a', 'b'], enabled: true }),
      '1fb344dbf679359b2aae3cb70e4f8c28baf9c59e53e24eef740aa85b',
    ],
    [
      'generator owner key',
      hash('ExternalSecret-team-a-db-0'),
      '63d134b9ffcb1bc200316442fef3c357eb4f8222d8768c50081af6ef',
    ],
    [
      'long field manager',
      fieldManagerFor('a-rather-long-external-secret-name'),
      'externalsecrets.external-secrets.io/sha3/924a5b0ea0441c671777b353036555d127bd4d4faef565e357731412',
    ],
  ])('%s', (_name, actual, expected) => {
    expect(actual).toBe(expected);
  });
});

describe('goFormat', () => {
  it.each([
    [null, '<nil>'],
    [true, 'true'],
    [-3, '-3'],
    [1.5, '1.5'],
    [0.0001, '0.0001'],
    [0.00001, '1e-05'],
    [0.000001234, '1.234e-06'],
    [1e20, '100000000000000000000'],
    [1e21, '1e+21'],
    [12345678901234567890n, '12345678901234567890'],
    [[], '[]'],
    [new Uint8Array(), '[]'],
    [new Uint8Array([104, 105]), '[104 105]'],
    [['a', ['b', null]], '[a [b <nil>]]'],
    [{ b: { y: 1, x: [] }, a: '' }, 'map[a: b:map[x:[] y:1]]'],
    [
      new Map([
        ['\u{1F600}', 1],
        ['\uFFFD', 2],
      ]),
      'map[\uFFFD:2 \u{1F600}:1]',
    ],
  ])('of %o', (value, expected) => {
    expect(goFormat(value)).toBe(expected);
  });

  it('a Map and a plain object with the same members are the same map', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.string()), (members) => {
        expect(goFormat(new Map(Object.entries(members)))).toBe(goFormat(members));
      }),
    );
  });
});

it('a data hash takes bytes and sealed bytes alike, in any order', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.uint8Array()), (members) => {
      const entries = Object.entries(members);
      const sealed = new Map(entries.toReversed().map(([key, bytes]) => [key, Sealed.of(bytes)]));
      expect(dataHash(sealed)).toBe(hash(members));
      expect(dataHash(new Map(entries))).toBe(hash(members));
    }),
  );
});

it('a field manager is hashed from 28 characters of the name on', () => {
  expect(fieldManagerFor('x'.repeat(27))).toBe(`externalsecrets.external-secrets.io/${'x'.repeat(27)}`);
  expect(fieldManagerFor('x'.repeat(28))).toMatch(/^externalsecrets\.external-secrets\.io\/sha3\/[0-9a-f]{56}$/);
});

it('a version changes with generation, labels and annotations', () => {
  const base = { generation: 1, labels: { a: '1' }, annotations: { b: '2' } };
  const versions = [
    base,
    { ...base, generation: 2 },
    { ...base, labels: { a: '2' } },
    { ...base, annotations: { b: '3' } },
    { ...base, labels: base.annotations, annotations: base.labels },
  ].map(versionOf);
  expect(new Set(versions).size).toBe(5);
});
