import { afterEach, describe, expect, it } from 'vitest';
import { ProviderError } from '../provider/errors.ts';
import type { ClientSource, CredentialVersion } from './client-source.ts';
import { settle } from './clock.fixture.ts';
import {
  bench,
  caused,
  credential,
  key,
  MemoryBackend,
  never,
  sourceOf,
  textOf,
  type Bench,
} from './provider.fixture.ts';

let at: Bench;

afterEach(async () => {
  const closed = at.pool.close();
  await at.clock.advance(120_000);
  await closed;
});

/** A source whose login fails until `works`, having looked at the credential in version `current`. */
function failingSource(backend: MemoryBackend) {
  const source = {
    ...sourceOf(backend),
    works: false,
    async connect(_call: unknown, used: (credential: CredentialVersion) => void) {
      backend.connects += 1;
      used({ ...credential, resourceVersion: source.current });
      if (!source.works) throw new ProviderError('unauthenticated', 'the login was refused');
      return { provider: backend.provider(), client: backend.client(), credentials: () => [] };
    },
    isCurrent: (credentials: readonly CredentialVersion[]) =>
      credentials.every((login) => login.resourceVersion === source.current),
  };
  return source;
}

async function tryLane(source: ClientSource): Promise<string> {
  try {
    await at.pool.lane(key, source, never());
    return 'connected';
  } catch (error) {
    return ProviderError.is(error) ? error.code : 'foreign';
  }
}

describe('connecting', () => {
  it('500 objects at once make one connect, and so do 500 after it', async () => {
    at = bench();
    const backend = new MemoryBackend();
    const source = sourceOf(backend);
    const lanes = await Promise.all(Array.from({ length: 500 }, () => at.pool.lane(key, source, never())));
    expect(new Set(lanes).size).toBe(1);
    await at.pool.lane(key, source, never());
    expect(backend.connects).toBe(1);
    expect(at.counts.clients).toBe(1);
  });

  it('another plugin version, store or consumer namespace is another client', async () => {
    at = bench();
    const backend = new MemoryBackend();
    const keys = [
      key,
      { ...key, pluginVersion: '1.0.1' },
      { ...key, storeUid: 'store-2' },
      { ...key, consumerNamespace: 'team-a' },
      { ...key, consumerNamespace: 'team-b' },
    ];
    const lanes = await Promise.all(keys.map((other) => at.pool.lane(other, sourceOf(backend), never())));
    expect(new Set(lanes.map((lane) => lane.id)).size).toBe(5);
    expect(backend.connects).toBe(5);
  });

  it('a client whose credentials have changed is replaced, and the old one closed after its calls', async () => {
    at = bench();
    const backend = new MemoryBackend();
    backend.secrets.set('a', 'value');
    let release = () => {};
    backend.respond = (refs) => new Promise((resolve) => (release = () => resolve(backend.answer(refs))));
    const source = sourceOf(backend);
    const old = await at.pool.lane(key, source, never());
    const read = old.read({ key: 'a' }, caused(at));
    await settle();
    source.current = '2';
    const fresh = await at.pool.lane(key, source, never());
    expect(fresh).not.toBe(old);
    expect(fresh.id).not.toBe(old.id);
    await settle();
    expect([backend.connects, backend.closed]).toEqual([2, 0]);
    release();
    expect(textOf(await read)).toBe('value');
    await settle();
    expect(backend.closed).toBe(1);
    expect(textOf(await old.read({ key: 'a' }, caused(at)))).toBe('unavailable');
  });

  it('a newer generation closes the clients of the older ones, and an older one is refused', async () => {
    at = bench();
    const backend = new MemoryBackend();
    const namespaces = ['team-a', 'team-b'];
    for (const consumerNamespace of namespaces)
      await at.pool.lane({ ...key, consumerNamespace }, sourceOf(backend), never());
    await at.pool.lane({ ...key, storeGeneration: 2 }, sourceOf(backend), never());
    await settle();
    expect([backend.connects, backend.closed]).toEqual([3, 2]);
    await expect(at.pool.lane(key, sourceOf(backend), never())).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('a store that is gone has no client any more', async () => {
    at = bench();
    const backend = new MemoryBackend();
    await at.pool.lane(key, sourceOf(backend), never());
    at.pool.dropStore(key.storeUid);
    await settle();
    expect([backend.closed, at.counts.clients]).toEqual([1, 0]);
  });

  it('a client that nobody uses for ten minutes is closed, one in use is not', async () => {
    at = bench();
    const [idle, busy] = [new MemoryBackend(), new MemoryBackend()];
    await at.pool.lane(key, sourceOf(idle), never());
    const other = { ...key, storeUid: 'busy' };
    const source = sourceOf(busy);
    for (let minute = 0; minute < 15; minute += 1) {
      const lane = await at.pool.lane(other, source, never());
      await lane.read({ key: 'a' }, caused(at));
      await at.clock.advance(60_000);
    }
    expect([idle.closed, busy.closed]).toEqual([1, 0]);
    await at.pool.lane(key, sourceOf(idle), never());
    expect(idle.connects).toBe(2);
  });
});

describe('failing to connect', () => {
  it('500 objects whose login fails log in once per backoff of 1 s doubling to 30 s', async () => {
    at = bench();
    const backend = new MemoryBackend();
    const source = failingSource(backend);
    const results = await Promise.all(Array.from({ length: 500 }, () => tryLane(source)));
    expect(new Set(results)).toEqual(new Set(['unauthenticated']));
    const connects: number[] = [];
    for (const waitMs of [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]) {
      await at.clock.advance(waitMs - 1);
      await tryLane(source);
      connects.push(backend.connects);
      await at.clock.advance(1);
      await tryLane(source);
    }
    expect(connects).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(backend.connects).toBe(8);
  });

  it('the backoff ends at once when the credentials change', async () => {
    at = bench();
    const backend = new MemoryBackend();
    const source = failingSource(backend);
    expect(await tryLane(source)).toBe('unauthenticated');
    expect(await tryLane(source)).toBe('unauthenticated');
    expect(backend.connects).toBe(1);
    source.current = '2';
    source.works = true;
    expect(await tryLane(source)).toBe('connected');
    expect(backend.connects).toBe(2);
  });

  it('the backoff ends at once when the store changes', async () => {
    at = bench();
    const backend = new MemoryBackend();
    const source = failingSource(backend);
    await tryLane(source);
    source.works = true;
    await at.pool.lane({ ...key, storeGeneration: 2 }, source, never());
    expect(backend.connects).toBe(2);
  });

  it('a connect that hangs ends at its time limit, and its late client is closed', async () => {
    at = bench({ connectTimeoutMs: 10_000 });
    const backend = new MemoryBackend();
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    const source = {
      ...sourceOf(backend),
      connect: async () => {
        backend.connects += 1;
        await held;
        return { provider: backend.provider(), client: backend.client(), credentials: () => [] };
      },
    };
    const lane = tryLane(source);
    await settle();
    await at.clock.advance(10_000);
    expect(await lane).toBe('unavailable');
    release();
    await settle();
    expect(backend.closed).toBe(1);
    expect(at.calls).toMatchObject([{ kind: 'connect', ok: false, code: 'unavailable', durationMs: 10_000 }]);
  });

  it('who gives up does not stop the connect of others; it is aborted when all have', async () => {
    at = bench();
    const backend = new MemoryBackend();
    const signals: AbortSignal[] = [];
    const source: ClientSource = {
      ...sourceOf(backend),
      connect: (call) => {
        signals.push(call.signal);
        return new Promise(() => {});
      },
    };
    const [one, two] = [new AbortController(), new AbortController()];
    const lanes = [at.pool.lane(key, source, one.signal), at.pool.lane(key, source, two.signal)];
    await settle();
    one.abort(new Error('enough'));
    expect(signals.map((signal) => signal.aborted)).toEqual([false]);
    two.abort(new Error('enough'));
    expect(signals.map((signal) => signal.aborted)).toEqual([true]);
    for (const lane of lanes) await expect(lane).rejects.toThrow('enough');
    // A connect that was given up says nothing about the login: no backoff.
    expect(await tryLane(sourceOf(backend))).toBe('connected');
  });

  it('a connect begun with old credentials is followed by one with the new ones', async () => {
    at = bench();
    const backend = new MemoryBackend();
    const source = sourceOf(backend);
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    const connect = source.connect;
    source.connect = async (call, used) => {
      const connected = await connect(call, used);
      const login = { ...credential, resourceVersion: source.current };
      await held;
      return { ...connected, credentials: () => [login] };
    };
    const first = at.pool.lane(key, source, never());
    await settle();
    source.current = '2';
    const second = at.pool.lane(key, source, never());
    release();
    const [old, fresh] = await Promise.all([first, second]);
    expect(fresh.id).not.toBe(old.id);
    expect(backend.connects).toBe(2);
  });

  it('a plugin that fails to close holds nobody up', async () => {
    at = bench();
    const backend = new MemoryBackend();
    const client = {
      ...backend.client(),
      [Symbol.asyncDispose]: () => {
        throw new Error('value-123');
      },
    };
    const source = {
      ...sourceOf(backend),
      connect: async () => ({ provider: backend.provider(), client, credentials: () => [] }),
    };
    await at.pool.lane(key, source, never());
    await at.pool.close();
    await expect(at.pool.lane(key, source, never())).rejects.toMatchObject({ code: 'unavailable' });
  });
});
