import { describe, expect, it } from 'vitest';
import { ProviderError } from '../provider/errors.ts';
import { describeEntry, entriesOf, entryError } from './entries.ts';

const vault = { kind: 'SecretStore', name: 'vault' };

describe('entriesOf', () => {
  it('puts dataFrom before data, each with its place', () => {
    const entries = entriesOf({
      secretStoreRef: { name: 'vault' },
      data: [
        { secretKey: 'a', remoteRef: { key: 'k' } },
        { secretKey: 'b', remoteRef: { key: 'k' } },
      ],
      dataFrom: [{ extract: { key: 'all' } }],
    });
    expect(entries.map(({ field, index }) => `${field}[${index}]`)).toEqual(['dataFrom[0]', 'data[0]', 'data[1]']);
    expect(entries.every((entry) => 'store' in entry && entry.store.name === 'vault')).toBe(true);
  });

  it('scenario 42: an entry reads from the store of its sourceRef', () => {
    const other = { kind: 'ClusterSecretStore', name: 'other' };
    const entries = entriesOf({
      secretStoreRef: vault,
      dataFrom: [{ extract: { key: 'a' }, sourceRef: { storeRef: other } }, { extract: { key: 'b' } }],
      data: [{ secretKey: 'c', remoteRef: { key: 'c' }, sourceRef: { storeRef: other } }],
    });
    expect(entries.map((entry) => 'store' in entry && entry.store)).toEqual([other, vault, other]);
  });

  it('scenario 58: a data entry with a sourceRef and no storeRef names no store', () => {
    const generatorRef = { kind: 'Fake', name: 'g' };
    const entries = entriesOf({
      secretStoreRef: vault,
      data: [{ secretKey: 'c', remoteRef: { key: 'c' }, sourceRef: { generatorRef } }],
    });
    expect(entries).toMatchObject([{ store: { kind: 'SecretStore', name: '' } }]);
  });

  it('find goes before extract, extract before a generator, and a store alone reads nothing', () => {
    const generatorRef = { kind: 'Fake', name: 'g' };
    const entries = entriesOf({
      dataFrom: [
        { find: {}, extract: { key: 'a' }, sourceRef: { generatorRef } },
        { extract: { key: 'a' }, sourceRef: { generatorRef } },
        { sourceRef: { generatorRef } },
        { sourceRef: { storeRef: vault } },
        {},
      ],
    });
    expect(
      entries.map((entry) => Object.keys(entry).find((name) => ['find', 'extract', 'generatorRef'].includes(name))),
    ).toEqual(['find', 'extract', 'generatorRef']);
  });

  it('nothing makes no entries', () => {
    expect(entriesOf({})).toEqual([]);
  });
});

describe('describeEntry', () => {
  const entries = entriesOf({
    secretStoreRef: vault,
    data: [
      { secretKey: 'a', remoteRef: { key: 'k' } },
      { secretKey: 'b', remoteRef: { key: 'db/"creds"', property: 'password', version: '3' } },
    ],
    dataFrom: [
      { extract: { key: 'all', property: 'x' } },
      { find: { name: { regexp: '^a' }, path: 'p', tags: { env: 'prod' } } },
      { find: {} },
      { sourceRef: { generatorRef: { kind: 'Password', name: 'g' } } },
    ],
  });

  it('names field, index, key, property and version', () => {
    expect(entries.map(describeEntry)).toEqual([
      'spec.dataFrom[0].extract (key "all", property "x")',
      'spec.dataFrom[1].find (name "^a", path "p", tags {"env":"prod"})',
      'spec.dataFrom[2].find (everything)',
      'spec.dataFrom[3].sourceRef.generatorRef (Password "g")',
      'spec.data[0] (key "k")',
      'spec.data[1] (key "db/\\"creds\\"", property "password", version "3")',
    ]);
  });

  it('an error of an entry keeps code and waiting time, and names the store', () => {
    const entry = entries[4];
    if (!entry) throw new Error('there are six entries');
    const error = entryError(entry, new ProviderError('rate-limited', 'slow down', { retryAfterMs: 5 }));
    expect(error).toMatchObject({
      code: 'rate-limited',
      retryAfterMs: 5,
      message: 'spec.data[0] (key "k") of SecretStore "vault": slow down',
    });
  });
});
