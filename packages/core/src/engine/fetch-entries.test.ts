import { afterEach, describe, expect, it } from 'vitest';
import { ProviderError } from '../provider/errors.ts';
import { success } from '../provider/outcome.ts';
import type { Provider } from '../provider/provider.ts';
import { Sealed } from '../provider/sealed.ts';
import { settle } from './clock.fixture.ts';
import { entriesOf, type EntriesSpec } from './entries.ts';
import { changeToken, fetchEntries, type LaneOf } from './fetch-entries.ts';
import type { ReadRequest } from './lane.ts';
import { bench, caused, key, MemoryBackend, never, sourceOf, type Bench } from './provider.fixture.ts';
import { shapeEntries } from './shape-entries.ts';

let at: Bench;

afterEach(async () => {
  const closed = at.pool.close();
  await at.clock.advance(120_000);
  await closed;
});

function laneOf(backends: Record<string, MemoryBackend>, overrides: Partial<Provider> = {}): LaneOf {
  return async ({ name }) => {
    const backend = backends[name];
    if (!backend) throw new ProviderError('invalid-config', `there is no store ${JSON.stringify(name)}`);
    return at.pool.lane({ ...key, storeUid: name }, sourceOf(backend, overrides), never());
  };
}

async function result(
  spec: EntriesSpec,
  lanes: LaneOf,
  request: ReadRequest = caused(at),
): Promise<(string | Record<string, string>)[]> {
  const fetched = await fetchEntries(entriesOf({ secretStoreRef: { name: 'main' }, ...spec }), lanes, request);
  return shapeEntries(fetched).map(({ outcome }) =>
    outcome.ok
      ? Object.fromEntries([...outcome.value].map(([name, value]) => [name, value.openText()]))
      : `${outcome.error.code}: ${outcome.error.message}`,
  );
}

function filled(secrets: Record<string, string>): MemoryBackend {
  const backend = new MemoryBackend();
  for (const [name, value] of Object.entries(secrets)) backend.secrets.set(name, value);
  return backend;
}

describe('counts', () => {
  const properties = Array.from({ length: 10 }, (_, index) => `p${index}`);
  const document = JSON.stringify(Object.fromEntries(properties.map((name) => [name, `value of ${name}`])));

  it('ten entries that read ten properties of one key are one call with one ref', async () => {
    at = bench();
    const main = filled({ db: document });
    const data = properties.map((property) => ({ secretKey: property, remoteRef: { key: 'db', property } }));
    expect(await result({ data }, laneOf({ main }))).toEqual(
      properties.map((name) => ({ [name]: `value of ${name}` })),
    );
    expect(main.reads).toEqual([[{ key: 'db' }]]);
  });

  it('ten objects that read ten properties of one key in the same moment are one call with one ref', async () => {
    at = bench();
    const main = filled({ db: document });
    const lanes = laneOf({ main });
    const results = await Promise.all(
      properties.map((property) => result({ data: [{ secretKey: 'k', remoteRef: { key: 'db', property } }] }, lanes)),
    );
    expect(results).toEqual(properties.map((name) => [{ k: `value of ${name}` }]));
    expect([main.reads, main.connects]).toEqual([[[{ key: 'db' }]], 1]);
  });

  it('entries of several kinds leave in one batch, and each store is asked for once', async () => {
    at = bench();
    const main = filled({ a: '1', b: '{"x":"2"}' });
    let asked = 0;
    const lanes: LaneOf = (store) => {
      asked += 1;
      return laneOf({ main })(store);
    };
    const spec: EntriesSpec = {
      dataFrom: [{ extract: { key: 'b' } }],
      data: [
        { secretKey: 'a', remoteRef: { key: 'a' } },
        { secretKey: 'v', remoteRef: { key: 'a', version: '1' } },
      ],
    };
    await result(spec, lanes);
    expect(main.reads).toEqual([[{ key: 'b' }, { key: 'a' }, { key: 'a', version: '1' }]]);
    expect(asked).toBe(1);
  });

  it('a property goes to the provider only if it resolves properties itself', async () => {
    at = bench();
    const main = filled({ a: 'whole' });
    const documents = { property: [], missingProperty: 'not-found', map: 'source' } as const;
    const data = [{ secretKey: 'k', remoteRef: { key: 'a', property: 'p', metadataPolicy: 'Fetch' as const } }];
    expect(await result({ data }, laneOf({ main }, { documents }))).toEqual([{ k: 'whole' }]);
    expect(main.reads).toEqual([[{ key: 'a', property: 'p', metadata: true }]]);
  });
});

describe('stores', () => {
  it('scenario 42: two extracts from two stores, unlike the default one, are both there', async () => {
    at = bench();
    const backends = { one: filled({ a: '{"x":"1"}' }), two: filled({ a: '{"y":"2"}' }) };
    const from = (name: string) => ({ extract: { key: 'a' }, sourceRef: { storeRef: { name } } });
    expect(await result({ dataFrom: [from('one'), from('two')] }, laneOf(backends))).toEqual([{ x: '1' }, { y: '2' }]);
  });

  it('scenario 58: an entry without a store name fails and names the entry', async () => {
    at = bench();
    const sourceRef = { generatorRef: { kind: 'Fake', name: 'g' } };
    const [answer] = await result({ data: [{ secretKey: 'k', remoteRef: { key: 'a' }, sourceRef }] }, laneOf({}));
    expect(answer).toBe('invalid-config: spec.data[0] (key "a"): no store is named: set its secretStoreRef');
  });

  it('a store that cannot be had fails its entries only', async () => {
    at = bench();
    const spec: EntriesSpec = {
      data: [
        { secretKey: 'a', remoteRef: { key: 'a' } },
        { secretKey: 'b', remoteRef: { key: 'b' }, sourceRef: { storeRef: { name: 'gone' } } },
      ],
    };
    expect(await result(spec, laneOf({ main: filled({ a: '1' }) }))).toEqual([
      { a: '1' },
      'invalid-config: spec.data[1] (key "b") of SecretStore "gone": there is no store "gone"',
    ]);
  });

  it('a foreign error of laneOf quotes nothing', async () => {
    at = bench();
    const lanes: LaneOf = async () => Promise.reject(new Error('value-123'));
    const [answer] = await result({ data: [{ secretKey: 'k', remoteRef: { key: 'a' } }] }, lanes);
    expect(answer).toMatch(/^internal: spec\.data\[0\] \(key "a"\) of SecretStore "main"/);
    expect(answer).not.toContain('value-123');
  });

  it('a generator is refused and not ignored', async () => {
    at = bench();
    const spec = { dataFrom: [{ sourceRef: { generatorRef: { kind: 'Password', name: 'g' } } }] };
    expect(await result(spec, laneOf({}))).toEqual([
      'not-supported: spec.dataFrom[0].sourceRef.generatorRef (Password "g"): generators are not supported yet',
    ]);
  });

  it('an aborted pass rejects with the reason', async () => {
    at = bench();
    const main = filled({});
    main.respond = () => new Promise(() => {});
    const pass = new AbortController();
    const answer = result(
      { data: [{ secretKey: 'k', remoteRef: { key: 'a' } }] },
      laneOf({ main }),
      caused(at, pass.signal),
    );
    await settle();
    pass.abort(new Error('enough'));
    await expect(answer).rejects.toThrow('enough');
    expect(main.signals[0]?.aborted).toBe(true);
  });
});

describe('find', () => {
  it('reads what the listing did not bring, in one batch, and skips what is gone by then', async () => {
    at = bench();
    const main = filled({ a: '1', b: '2' });
    main.list = async function* () {
      for (const name of ['a', 'gone', 'b']) yield { key: name, ref: { key: name } };
      yield { key: 'c', ref: { key: 'c' }, value: { content: Sealed.text('3') } };
    };
    expect(await result({ dataFrom: [{ find: { name: { regexp: '.' } } }] }, laneOf({ main }))).toEqual([
      { a: '1', b: '2', c: '3' },
    ]);
    expect(main.reads).toEqual([[{ key: 'a' }, { key: 'gone' }, { key: 'b' }]]);
  });

  it('one found key that cannot be read fails the entry and is named', async () => {
    at = bench();
    const main = filled({ a: '1', b: '2' });
    main.respond = async (refs) =>
      refs.map((ref) =>
        ref.key === 'b'
          ? { ok: false, error: new ProviderError('denied', 'not allowed') }
          : success({ content: Sealed.text('x') }),
      );
    expect(await result({ dataFrom: [{ find: { path: 'p' } }] }, laneOf({ main }))).toEqual([
      'denied: spec.dataFrom[0].find (path "p") of SecretStore "main": found key "b": not allowed',
    ]);
  });

  it('a listing that found nothing is absent, one whose login failed is not', async () => {
    at = bench();
    const entries = entriesOf({ secretStoreRef: { name: 'main' }, dataFrom: [{ find: {} }] });
    const main = filled({});
    const shaped = async () => shapeEntries(await fetchEntries(entries, laneOf({ main }), caused(at)));
    expect(await shaped()).toMatchObject([{ absent: true, outcome: { ok: true } }]);
    main.list = async function* () {
      throw new ProviderError('unauthenticated', 'the login was refused');
    };
    expect(await shaped()).toMatchObject([{ absent: false, outcome: { error: { code: 'unauthenticated' } } }]);
  });
});

describe('changeToken', () => {
  const spec: EntriesSpec = {
    secretStoreRef: { name: 'main' },
    data: [
      { secretKey: 'a', remoteRef: { key: 'a' } },
      { secretKey: 'gone', remoteRef: { key: 'gone' } },
    ],
    dataFrom: [{ find: { name: { regexp: '^a' } } }],
  };
  const tokenOf = async (main: MemoryBackend, lanes = laneOf({ main })) =>
    changeToken(await fetchEntries(entriesOf(spec), lanes, caused(at)));

  it('stays while nothing changes, an absent key included, and changes with each value', async () => {
    at = bench();
    const main = filled({ a: 'x' });
    const first = await tokenOf(main);
    expect(first).toMatch(/^[A-Za-z0-9+/]{43}=$/);
    expect(await tokenOf(main)).toBe(first);
    main.secrets.set('a', 'xx');
    const second = await tokenOf(main);
    expect(second).not.toBe(first);
    main.secrets.set('gone', 'x');
    expect(await tokenOf(main)).not.toBe(second);
  });

  it('is another one in another store', async () => {
    at = bench();
    const main = filled({ a: 'x' });
    const elsewhere: LaneOf = () => at.pool.lane({ ...key, storeUid: 'other' }, sourceOf(main), never());
    expect(await tokenOf(main, elsewhere)).not.toBe(await tokenOf(main));
  });

  it('there is none where one entry has none, be it for want of a version or for a failure', async () => {
    at = bench();
    const main = filled({ a: 'x' });
    main.respond = async (refs) => refs.map(() => success({ content: Sealed.text('x') }));
    expect(await tokenOf(main)).toBeUndefined();
    main.respond = async () => Promise.reject(new ProviderError('denied', 'not allowed'));
    expect(await tokenOf(main)).toBeUndefined();
  });
});

describe('errors', () => {
  it('names place, key and cause for what cannot be extracted', async () => {
    at = bench();
    const main = filled({ doc: '{"a":"canary"}', text: 'canary' });
    const spec: EntriesSpec = {
      dataFrom: [{ extract: { key: 'text' } }],
      data: [
        { secretKey: 'k', remoteRef: { key: 'doc', property: 'b' } },
        { secretKey: 'l', remoteRef: { key: 'none' } },
      ],
    };
    expect(await result(spec, laneOf({ main }))).toEqual([
      'invalid-ref: spec.dataFrom[0].extract (key "text") of SecretStore "main": the secret is not a JSON object, so it has no keys to extract',
      'not-found: spec.data[0] (key "doc", property "b") of SecretStore "main": the secret has no property "b"',
      'not-found: spec.data[1] (key "none") of SecretStore "main": there is no such key',
    ]);
  });
});
