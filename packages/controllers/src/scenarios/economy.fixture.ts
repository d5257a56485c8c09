import { EXTERNAL_SECRETS, type ExternalSecret } from '@esox/api';
import { expect, it, vi } from 'vitest';
import { SECRETS } from '../resource-types.ts';
import { dataSpec, Scene, type Side } from '../side.fixture.ts';
import { synced } from './sync.fixture.ts';

/** Engine plan §3–5: what is shared, and what is not done at all. */
export function economyScenarios(side: () => Side): void {
  it('ten ExternalSecrets that read ten properties of one key at one moment make one call', async () => {
    await using scene = await Scene.open(side(), {}, async (before) => {
      const properties = Object.fromEntries(Array.from({ length: 10 }, (_unused, index) => [`p${index}`, `v${index}`]));
      before.provider.backend('b').set('db', properties);
      await before.store('s', { backend: 'b' });
      for (let index = 0; index < 10; index++) {
        await before.externalSecret(`app-${index}`, dataSpec('s', { value: { key: 'db', property: `p${index}` } }));
      }
    });
    for (let index = 0; index < 10; index++) {
      await vi.waitFor(async () => expect(await scene.data(`app-${index}`)).toEqual({ value: `v${index}` }), 5000);
    }
    expect(scene.provider.backends.get('b')?.reads).toEqual([['db']]);
  });

  it('new ExternalSecrets that come into work one after the other share what was read since they were made', async () => {
    const count = 40;
    await using scene = await Scene.open(side(), { concurrency: 2 }, async (before) => {
      const backend = before.provider.backend('b');
      backend.set('one', '1');
      backend.set('two', '2');
      await before.store('s', { backend: 'b' });
      for (let index = 0; index < count; index++) {
        await before.externalSecret(`app-${index}`, dataSpec('s', { value: { key: index % 2 ? 'one' : 'two' } }));
      }
    });
    for (let index = 0; index < count; index++) {
      const value = index % 2 ? '1' : '2';
      await vi.waitFor(async () => expect(await scene.data(`app-${index}`)).toEqual({ value }), 10_000);
    }
    // One of the very millisecond in which they were seen counts as too old.
    expect(scene.provider.backends.get('b')?.refsRead).toBeLessThanOrEqual(4);
  });

  it('two stores with the same backend share no read', async () => {
    await using scene = await Scene.open(side(), {}, async (before) => {
      before.provider.backend('b').set('db', 'one');
      for (const name of ['s', 't']) {
        await before.store(name, { backend: 'b' });
        await before.externalSecret(`app-${name}`, dataSpec(name, { value: { key: 'db' } }));
      }
    });
    for (const name of ['s', 't']) {
      await vi.waitFor(async () => expect(await scene.data(`app-${name}`)).toEqual({ value: 'one' }), 5000);
    }
    expect(scene.provider.backends.get('b')?.reads).toEqual([['db'], ['db']]);
  });

  it('an unchanged refresh writes no Secret, and its refreshTime only', async () => {
    await using scene = await synced(side(), { refreshInterval: '1s' });
    const version = (await scene.secret('app'))?.metadata.resourceVersion;
    const reads = scene.provider.backends.get('b')?.refsRead ?? 0;
    await vi.waitFor(
      () => expect(scene.provider.backends.get('b')?.refsRead).toBeGreaterThanOrEqual(reads + 2),
      10_000,
    );
    await vi.waitFor(() => expect(scene.writesTo('externalsecrets', 'app').length).toBeGreaterThanOrEqual(3), 5000);
    expect((await scene.secret('app'))?.metadata.resourceVersion).toBe(version);
    expect(scene.writesTo('secrets', 'app').map(({ verb }) => verb)).toEqual(['create']);
    expect((await scene.events('app')).map(({ reason }) => reason)).toEqual(['Created']);
  });

  it('what was in sync before a restart is neither read nor written after it', async () => {
    await using scene = await synced(side(), { refreshInterval: '1h' });
    const { namespace } = scene;
    const before = await scene.get<ExternalSecret>(EXTERNAL_SECRETS, 'app');
    await scene.stop();
    await using again = await Scene.reopen(side(), namespace);
    again.provider.backend('b').set('db', { password: 'two' });
    // A second object shows that the controllers are at work.
    await again.externalSecret('later', dataSpec('s', { password: { key: 'db', property: 'password' } }));
    await vi.waitFor(async () => expect(await again.data('later')).toEqual({ password: 'two' }), 5000);
    expect(await again.data('app')).toEqual({ password: 'one' });
    expect(again.writesTo('secrets', 'app')).toEqual([]);
    expect(again.writesTo('externalsecrets', 'app')).toEqual([]);
    expect((await again.get<ExternalSecret>(EXTERNAL_SECRETS, 'app'))?.status).toEqual(before?.status);
  });

  it('a Secret that was changed while nobody watched is repaired after a restart', async () => {
    await using scene = await synced(side(), { refreshInterval: '1h' });
    const { namespace } = scene;
    await scene.stop();
    await scene.patch(SECRETS, 'app', { data: { password: Buffer.from('edited').toString('base64') } });
    await using again = await Scene.reopen(side(), namespace);
    again.provider.backend('b').set('db', { password: 'one' });
    await vi.waitFor(async () => expect(await again.data('app')).toEqual({ password: 'one' }), 5000);
  });

  it('what the operator wrote itself causes no further pass', async () => {
    await using scene = await synced(side(), { refreshInterval: '1h' });
    const calls = scene.calls.filter(({ kind }) => kind === 'read').length;
    expect(calls).toBe(1);
    expect(scene.writesTo('externalsecrets', 'app')).toHaveLength(1);
  });
}
