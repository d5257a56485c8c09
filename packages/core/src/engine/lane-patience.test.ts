import { afterEach, describe, expect, it } from 'vitest';
import { ProviderError } from '../provider/errors.ts';
import { failure } from '../provider/outcome.ts';
import { Sealed } from '../provider/sealed.ts';
import { settle } from './clock.fixture.ts';
import { bench, caused, key, laneTo, MemoryBackend, never, sourceOf, textOf, type Bench } from './provider.fixture.ts';

const hang = () => new Promise<never>(() => {});
let at: Bench;

afterEach(async () => {
  const closed = at.pool.close();
  await at.clock.advance(120_000);
  await closed;
});

describe('giving up', () => {
  it('a waiter that gives up does not cancel the flight of another', async () => {
    at = bench();
    const backend = new MemoryBackend();
    let release = () => {};
    backend.respond = (refs) => new Promise((resolve) => (release = () => resolve(backend.answer(refs))));
    const lane = await laneTo(at, backend);
    const impatient = new AbortController();
    const given = lane.read({ key: 'a' }, caused(at, impatient.signal));
    const waiting = lane.read({ key: 'a' }, caused(at));
    await settle();
    impatient.abort(new Error('enough'));
    await expect(given).rejects.toThrow('enough');
    expect(backend.signals[0]?.aborted).toBe(false);
    release();
    expect(textOf(await waiting)).toBe('not-found');
  });

  it('the call is aborted when everybody has given up, and its place is free', async () => {
    at = bench({ concurrency: 1 });
    const backend = new MemoryBackend();
    backend.respond = hang;
    const lane = await laneTo(at, backend);
    const [one, two] = [new AbortController(), new AbortController()];
    const reads = [lane.read({ key: 'a' }, caused(at, one.signal)), lane.read({ key: 'b' }, caused(at, two.signal))];
    await settle();
    one.abort();
    expect(backend.signals[0]?.aborted).toBe(false);
    two.abort();
    expect(backend.signals[0]?.aborted).toBe(true);
    await Promise.all(reads.map((read) => expect(read).rejects.toThrow()));
    backend.respond = undefined;
    expect(textOf(await lane.read({ key: 'a' }, caused(at)))).toBe('not-found');
  });

  it('a read that nobody wants any more does not go out', async () => {
    at = bench();
    const backend = new MemoryBackend();
    const lane = await laneTo(at, backend);
    const gone = new AbortController();
    const read = lane.read({ key: 'a' }, caused(at, gone.signal));
    gone.abort();
    await expect(read).rejects.toThrow();
    await settle();
    expect(backend.reads).toHaveLength(0);
    await expect(lane.read({ key: 'a' }, caused(at, gone.signal))).rejects.toThrow();
    expect(textOf(await lane.read({ key: 'a' }, caused(at)))).toBe('not-found');
  });
});

describe('freshness', () => {
  const request = (maxAgeMs: number) => ({ signal: never(), maxAgeMs, since: at.clock.now() });

  it('a value is used up to its age, and never for a caused read', async () => {
    at = bench();
    const backend = new MemoryBackend();
    backend.secrets.set('a', 'old');
    const lane = await laneTo(at, backend);
    await lane.read({ key: 'a' }, caused(at));
    backend.secrets.set('a', 'new');
    await at.clock.advance(10_000);
    expect(textOf(await lane.read({ key: 'a' }, request(10_000)))).toBe('old');
    expect(backend.reads).toHaveLength(1);
    expect(textOf(await lane.read({ key: 'a' }, caused(at)))).toBe('new');
    await at.clock.advance(10_001);
    await lane.read({ key: 'a' }, request(10_000));
    expect(backend.reads).toHaveLength(3);
    expect(at.counts.cacheHits).toBe(1);
  });

  it('not-found is kept as long, and nothing longer than 30 s', async () => {
    at = bench();
    const backend = new MemoryBackend();
    const lane = await laneTo(at, backend);
    await lane.read({ key: 'a' }, caused(at));
    await at.clock.advance(29_999);
    expect(textOf(await lane.read({ key: 'a' }, request(60_000)))).toBe('not-found');
    expect(backend.reads).toHaveLength(1);
    await at.clock.advance(6_000);
    expect(at.counts.cacheBytes).toBe(0);
    await lane.read({ key: 'a' }, request(60_000));
    expect(backend.reads).toHaveLength(2);
  });

  it('what is dropped is overwritten without harm to a value in use', async () => {
    at = bench();
    const backend = new MemoryBackend();
    const bytes = Buffer.from('secret');
    backend.respond = async () => [{ ok: true, value: { content: new Map([['f', Sealed.of(bytes)]]) } }];
    const lane = await laneTo(at, backend);
    const first = await lane.read({ key: 'a' }, caused(at));
    const second = await lane.read({ key: 'a' }, request(30_000));
    expect(at.counts.cacheHits).toBe(1);
    await at.clock.advance(40_000);
    expect(at.counts.cacheBytes).toBe(0);
    for (const answer of [first, second]) {
      const content = answer.ok ? answer.value.content : undefined;
      expect(content instanceof Map ? content.get('f')?.openText() : undefined).toBe('secret');
    }
  });

  it('a value is not used beyond its own end', async () => {
    at = bench();
    const backend = new MemoryBackend();
    const ends = new Date(at.clock.now() + 4_000);
    backend.respond = async () => [{ ok: true, value: { content: Sealed.text('short'), expiresAt: ends } }];
    const lane = await laneTo(at, backend);
    await lane.read({ key: 'a' }, caused(at));
    await at.clock.advance(3_999);
    await lane.read({ key: 'a' }, request(30_000));
    await at.clock.advance(1);
    await lane.read({ key: 'a' }, request(30_000));
    expect(backend.reads).toHaveLength(2);
  });

  it('a store that is gone leaves nothing in the cache', async () => {
    at = bench();
    const backend = new MemoryBackend();
    const lane = await laneTo(at, backend);
    await lane.read({ key: 'a' }, caused(at));
    await lane.find({}, caused(at));
    expect(at.counts.cacheBytes).toBeGreaterThan(0);
    at.pool.dropStore(key.storeUid);
    await settle();
    expect(at.counts.cacheBytes).toBe(0);
  });

  it('the cache stays within its bytes over all lanes', async () => {
    at = bench({ cacheBytes: 10_000 });
    const backend = new MemoryBackend();
    for (let index = 0; index < 20; index += 1) backend.secrets.set(`k${index}`, 'x'.repeat(1_000));
    backend.secrets.set('large', 'x'.repeat(20_000));
    const lane = await laneTo(at, backend);
    for (const name of backend.secrets.keys()) await lane.read({ key: name }, caused(at));
    expect(at.counts.cacheBytes).toBeGreaterThan(5_000);
    expect(at.counts.cacheBytes).toBeLessThanOrEqual(10_000);
    const before = backend.reads.length;
    await lane.read({ key: 'k19' }, request(30_000));
    expect(backend.reads.length).toBe(before);
    await lane.read({ key: 'k0' }, request(30_000));
    expect(backend.reads.length).toBe(before + 1);
  });
});

describe('throttling', () => {
  const throttled = (retryAfterMs?: number) => async () =>
    Promise.reject(new ProviderError('rate-limited', 'slow down', retryAfterMs === undefined ? {} : { retryAfterMs }));

  it('a long pause answers rate-limited at once with the time that is left', async () => {
    at = bench();
    const backend = new MemoryBackend();
    backend.respond = throttled(10_000);
    const lane = await laneTo(at, backend);
    await lane.read({ key: 'a' }, caused(at));
    backend.respond = undefined;
    await at.clock.advance(4_000);
    const refused = await lane.read({ key: 'b' }, caused(at));
    expect(refused).toMatchObject({ error: { code: 'rate-limited', retryAfterMs: 6_000 } });
    expect(backend.reads).toHaveLength(1);
    expect(at.counts.pauses).toEqual([10_000]);
    await at.clock.advance(6_000);
    expect(textOf(await lane.read({ key: 'b' }, caused(at)))).toBe('not-found');
  });

  it('nobody is left alone for more than an hour, whatever a backend or a copy of the package asks for', async () => {
    at = bench();
    const backend = new MemoryBackend();
    const error = new ProviderError('rate-limited', 'slow down', { retryAfterMs: 5 });
    Object.defineProperty(error, 'retryAfterMs', { value: 1e12 });
    backend.respond = () => Promise.reject(error);
    const lane = await laneTo(at, backend);
    await lane.read({ key: 'a' }, caused(at));
    expect(at.counts.pauses).toEqual([3_600_000]);
  });

  it('a short pause holds the calls and lets them go when it is over', async () => {
    at = bench();
    const backend = new MemoryBackend();
    backend.respond = throttled(1_500);
    const lane = await laneTo(at, backend);
    await lane.read({ key: 'a' }, caused(at));
    backend.respond = undefined;
    const held = lane.read({ key: 'b' }, caused(at));
    await settle();
    expect(backend.reads).toHaveLength(1);
    await at.clock.advance(1_500);
    expect(textOf(await held)).toBe('not-found');
  });

  it('without a time the pause doubles up to 30 s, and starts anew after an answer', async () => {
    at = bench();
    const backend = new MemoryBackend();
    backend.respond = throttled();
    const lane = await laneTo(at, backend);
    for (let index = 0; index < 7; index += 1) {
      await lane.read({ key: 'a' }, caused(at));
      await at.clock.advance(30_000);
    }
    backend.respond = undefined;
    await lane.read({ key: 'a' }, caused(at));
    backend.respond = throttled();
    await lane.read({ key: 'a' }, caused(at));
    expect(at.counts.pauses).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 1_000]);
  });

  it('one throttled item of a batch pauses the lane, the others have their answers', async () => {
    at = bench({ concurrency: 1 });
    const backend = new MemoryBackend();
    backend.respond = async (refs) =>
      refs.map((ref) =>
        ref.key === 'slow'
          ? failure(new ProviderError('rate-limited', 'slow down', { retryAfterMs: 5_000 }))
          : { ok: true, value: { content: Sealed.text(ref.key) } },
      );
    const lane = await laneTo(at, backend, { limits: { batch: 2 } });
    const reads = ['a', 'slow', 'waiting'].map((name) => lane.read({ key: name }, caused(at)));
    expect((await Promise.all(reads)).map(textOf)).toEqual(['a', 'rate-limited', 'rate-limited']);
    expect(backend.reads).toHaveLength(1);
  });
});

describe('check', () => {
  it('answers what the plugin answers, or throws its error', async () => {
    at = bench();
    const backend = new MemoryBackend();
    const lane = await laneTo(at, backend);
    expect(await lane.check(never())).toBe('ready');
    const client = { ...backend.client(), check: async () => Promise.reject(new Error('value-123')) };
    const source = {
      ...sourceOf(backend),
      connect: async () => ({ provider: backend.provider(), client, credentials: () => [] }),
    };
    const broken = await at.pool.lane({ ...key, storeUid: 'b' }, source, never());
    await expect(broken.check(never())).rejects.toMatchObject({
      code: 'internal',
      message: 'Checking with provider "memory" failed with an unexpected error',
    });
  });
});
