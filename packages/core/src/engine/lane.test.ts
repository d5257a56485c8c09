import { afterEach, describe, expect, it } from 'vitest';
import { ProviderError } from '../provider/errors.ts';
import { settle } from './clock.fixture.ts';
import { bench, caused, key, laneTo, MemoryBackend, never, sourceOf, textOf, type Bench } from './provider.fixture.ts';

const hang = () => new Promise<never>(() => {});
let at: Bench;

afterEach(async () => {
  const closed = at.pool.close();
  await at.clock.advance(120_000);
  await closed;
});

describe('batches and flights', () => {
  it('reads of ten keys in one turn are one call with ten refs', async () => {
    at = bench();
    const backend = new MemoryBackend();
    for (let index = 0; index < 10; index += 1) backend.secrets.set(`key-${index}`, `value-${index}`);
    const lane = await laneTo(at, backend);
    const answers = await Promise.all([...backend.secrets.keys()].map((name) => lane.read({ key: name }, caused(at))));
    expect(answers.map(textOf)).toEqual([...backend.secrets.values()]);
    expect(backend.reads).toEqual([[...backend.secrets.keys()].map((name) => ({ key: name }))]);
  });

  it('ten reads of one key in one turn are one call with one ref', async () => {
    at = bench();
    const backend = new MemoryBackend();
    backend.secrets.set('db', 'value');
    const lane = await laneTo(at, backend);
    const answers = await Promise.all(Array.from({ length: 10 }, () => lane.read({ key: 'db' }, caused(at))));
    expect(answers.map(textOf)).toEqual(Array.from({ length: 10 }, () => 'value'));
    expect(backend.reads).toEqual([[{ key: 'db' }]]);
    expect(at.counts.joined).toBe(9);
    expect(at.calls.filter((call) => call.kind === 'read')).toMatchObject([{ refs: 1, ok: true }]);
  });

  it('another version, property or metadata of a key is another read', async () => {
    at = bench();
    const backend = new MemoryBackend();
    const lane = await laneTo(at, backend);
    const refs = [{ key: 'a' }, { key: 'a', version: '1' }, { key: 'a', property: 'x' }, { key: 'a', metadata: true }];
    await Promise.all(refs.map((ref) => lane.read(ref, caused(at))));
    expect(backend.reads).toEqual([refs]);
  });

  it('a batch holds no more refs than the provider allows, and a full one leaves at once', async () => {
    at = bench();
    const backend = new MemoryBackend();
    const lane = await laneTo(at, backend, { limits: { batch: 2 } });
    const reads = ['a', 'b', 'c', 'd', 'e'].map((name) => lane.read({ key: name }, caused(at)));
    expect(backend.reads.map((refs) => refs.length)).toEqual([2, 2]);
    await Promise.all(reads);
    expect(backend.reads.map((refs) => refs.length)).toEqual([2, 2, 1]);
  });

  it('no more calls are under way than the lane allows', async () => {
    at = bench({ concurrency: 3 });
    const backend = new MemoryBackend();
    const waiting: (() => void)[] = [];
    backend.respond = (refs) => new Promise((resolve) => waiting.push(() => resolve(backend.answer(refs))));
    const lane = await laneTo(at, backend, { limits: { batch: 1 } });
    const reads = ['a', 'b', 'c', 'd', 'e'].map((name) => lane.read({ key: name }, caused(at)));
    await settle();
    expect(backend.reads).toHaveLength(3);
    waiting.shift()?.();
    await settle();
    expect(backend.reads).toHaveLength(4);
    for (let release = waiting.shift(); release; release = waiting.shift()) {
      release();
      await settle();
    }
    expect((await Promise.all(reads)).map(textOf)).toEqual(Array.from({ length: 5 }, () => 'not-found'));
  });

  it('a caused read joins a flight that started at or after the cause, and no earlier one', async () => {
    at = bench();
    const backend = new MemoryBackend();
    let release = () => {};
    backend.respond = (refs) => new Promise((resolve) => (release = () => resolve(backend.answer(refs))));
    const lane = await laneTo(at, backend);
    const first = lane.read({ key: 'a' }, caused(at));
    await settle();
    const joining = lane.read({ key: 'a' }, caused(at));
    await at.clock.advance(1);
    const releaseFirst = release;
    const later = lane.read({ key: 'a' }, caused(at));
    await settle();
    expect(backend.reads).toHaveLength(2);
    expect(at.counts.joined).toBe(1);
    releaseFirst();
    release();
    expect((await Promise.all([first, joining, later])).map(textOf)).toEqual(['not-found', 'not-found', 'not-found']);
  });

  it('a periodic read joins a flight that is no older than its age', async () => {
    at = bench();
    const backend = new MemoryBackend();
    let release = () => {};
    backend.respond = (refs) => new Promise((resolve) => (release = () => resolve(backend.answer(refs))));
    const lane = await laneTo(at, backend);
    const first = lane.read({ key: 'a' }, caused(at));
    await settle();
    await at.clock.advance(5_000);
    const joining = lane.read({ key: 'a' }, { signal: never(), maxAgeMs: 5_000, since: at.clock.now() });
    const [releaseFirst, tooOld] = [
      release,
      lane.read({ key: 'a' }, { signal: never(), maxAgeMs: 4_999, since: at.clock.now() }),
    ];
    await settle();
    expect([backend.reads.length, at.counts.joined]).toEqual([2, 1]);
    releaseFirst();
    release();
    expect((await Promise.all([first, joining, tooOld])).map(textOf)).toEqual(['not-found', 'not-found', 'not-found']);
  });

  it('a caused read takes an answer whose read started after the cause, and no older one', async () => {
    at = bench();
    const backend = new MemoryBackend();
    backend.secrets.set('a', '1');
    const lane = await laneTo(at, backend);
    const cause = at.clock.now();
    await at.clock.advance(5);
    await lane.read({ key: 'a' }, caused(at));
    await at.clock.advance(5);
    const request = { signal: never(), maxAgeMs: 0 };
    expect(textOf(await lane.read({ key: 'a' }, { ...request, since: cause }))).toBe('1');
    expect(backend.reads).toHaveLength(1);
    await lane.read({ key: 'a' }, { ...request, since: cause + 5 });
    expect(backend.reads).toHaveLength(2);
  });

  it('lanes of two stores never share a read, a flight or a value', async () => {
    at = bench();
    const one = new MemoryBackend();
    const two = new MemoryBackend();
    one.secrets.set('a', 'of one');
    two.secrets.set('a', 'of two');
    const lanes = [
      await at.pool.lane(key, sourceOf(one), never()),
      await at.pool.lane({ ...key, storeUid: 'store-2' }, sourceOf(two), never()),
    ];
    const request = { signal: never(), maxAgeMs: 30_000, since: 0 };
    const read = async () => (await Promise.all(lanes.map((lane) => lane.read({ key: 'a' }, request)))).map(textOf);
    expect(await read()).toEqual(['of one', 'of two']);
    expect(await read()).toEqual(['of one', 'of two']);
    expect([one.reads.length, two.reads.length, at.counts.joined]).toEqual([1, 1, 0]);
  });

  it('equal listings are one, and find goes to the provider only if it can', async () => {
    at = bench();
    const backend = new MemoryBackend();
    backend.secrets.set('a', '1');
    const lane = await laneTo(at, backend);
    const find = () => lane.find({ name: '^a', tags: { x: '1', y: '2' } }, caused(at));
    const answers = await Promise.all([find(), lane.find({ tags: { y: '2', x: '1' }, name: '^a' }, caused(at))]);
    expect(answers).toEqual([
      { ok: true, value: [{ key: 'a', ref: { key: 'a' } }] },
      { ok: true, value: [{ key: 'a', ref: { key: 'a' } }] },
    ]);
    expect(backend.listings).toBe(1);
    const dumb = await at.pool.lane({ ...key, storeUid: 'b' }, sourceOf(backend, { capabilities: [] }), never());
    expect(await dumb.find({}, caused(at))).toMatchObject({ ok: false, error: { code: 'not-supported' } });
  });
});

describe('isolation', () => {
  it('a provider that never answers leaves another lane alone and ends at the deadline', async () => {
    at = bench({ concurrency: 2 });
    const hanging = new MemoryBackend();
    hanging.respond = hang;
    const working = new MemoryBackend();
    working.secrets.set('a', 'value');
    const stuck = await at.pool.lane(
      { ...key, storeUid: 'stuck' },
      sourceOf(hanging, { limits: { batch: 1 } }),
      never(),
    );
    const lane = await laneTo(at, working);
    const lost = Array.from({ length: 500 }, (_, index) => stuck.read({ key: `k${index}` }, caused(at)));
    await settle();
    expect(textOf(await lane.read({ key: 'a' }, caused(at)))).toBe('value');
    expect(hanging.reads).toHaveLength(2);
    await at.clock.advance(30_000);
    expect(textOf(await (lost[0] ?? hang()))).toBe('unavailable');
    expect(hanging.signals[0]?.aborted).toBe(true);
    // The places of the two lost calls are free again.
    expect(hanging.reads).toHaveLength(4);
    await at.clock.advance(250 * 30_000);
    expect((await Promise.all(lost)).every((answer) => textOf(answer) === 'unavailable')).toBe(true);
  });

  it('the error of a call that is too late names the provider and the time', async () => {
    at = bench({ callTimeoutMs: 5_000 });
    const backend = new MemoryBackend();
    backend.respond = hang;
    const lane = await laneTo(at, backend);
    const read = lane.read({ key: 'a' }, caused(at));
    await settle();
    await at.clock.advance(5_000);
    expect(await read).toMatchObject({
      error: { code: 'unavailable', message: 'Reading with provider "memory": no answer within 5000 ms' },
    });
  });

  it('a listing that goes on has no deadline as a whole; one that falls silent ends', async () => {
    at = bench({ callTimeoutMs: 1_000 });
    const backend = new MemoryBackend();
    let items = 0;
    backend.list = async function* () {
      while (items < 5) {
        await at.clock.sleep(900);
        items += 1;
        yield { key: `k${items}`, ref: { key: `k${items}` } };
      }
    };
    const lane = await laneTo(at, backend);
    const found = lane.find({}, caused(at));
    await settle();
    await at.clock.advance(5_000);
    expect(await found).toMatchObject({ ok: true, value: { length: 5 } });
    backend.list = async function* () {
      await hang();
    };
    const silent = lane.find({}, caused(at));
    await settle();
    await at.clock.advance(1_000);
    expect(await silent).toMatchObject({ ok: false, error: { code: 'unavailable' } });
  });

  it.each([
    ['throws something foreign', async () => Promise.reject(new Error('value-123'))],
    [
      'throws at once',
      () => {
        throw new Error('value-123');
      },
    ],
    ['answers too few outcomes', async () => []],
    ['answers no list', async () => 'value-123'],
    ['answers a value that is not sealed', async () => [{ ok: true, value: { content: 'value-123' } }]],
    ['answers a foreign failure', async () => [{ ok: false, error: new Error('value-123') }]],
  ])('a plugin that %s is an internal error that quotes nothing', async (_name, respond) => {
    at = bench();
    const backend = new MemoryBackend();
    backend.respond = respond as unknown as NonNullable<MemoryBackend['respond']>; // A plugin may be untyped.
    const lane = await laneTo(at, backend);
    const answer = await lane.read({ key: 'a' }, caused(at));
    expect(textOf(answer)).toBe('internal');
    expect(answer.ok ? '' : answer.error.message).not.toContain('value-123');
  });

  it("a failure of the whole call is every read's, and is not kept", async () => {
    at = bench();
    const backend = new MemoryBackend();
    backend.respond = async () => Promise.reject(new ProviderError('unauthenticated', 'the login was refused'));
    const lane = await laneTo(at, backend);
    const request = { signal: never(), maxAgeMs: 30_000, since: 0 };
    const answers = await Promise.all([lane.read({ key: 'a' }, request), lane.read({ key: 'b' }, request)]);
    expect(answers.map(textOf)).toEqual(['unauthenticated', 'unauthenticated']);
    await lane.read({ key: 'a' }, request);
    expect(backend.reads).toHaveLength(2);
    expect(at.counts.cacheHits).toBe(0);
  });
});
