import { DATA_HASH_ANNOTATION, EXTERNAL_SECRETS, type ExternalSecret, MANAGED_LABEL } from '@esox/api';
import { expect, it, vi } from 'vitest';
import { hashOf } from '../external-secret/secret-object.ts';
import { SECRETS } from '../resource-types.ts';
import { dataSpec, Scene, type Side } from '../side.fixture.ts';
import { expectFailure } from './failures.fixture.ts';
import { synced } from './sync.fixture.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const a = { a: { key: 'one' } };
const b = { b: { key: 'two' } };

/** Core specification §3.9, 3.10: one Secret with several who write, hold or delete it. */
export function sharingScenarios(side: () => Side): void {
  it('two that merge into one Secret keep their keys, labels and peace', async () => {
    await using scene = await sceneWith(side());
    await scene.create(SECRETS, 'shared', { data: { foreign: base64('kept') } });
    const more = { refreshInterval: '1s', target: { name: 'shared', creationPolicy: 'Merge' } };
    await scene.externalSecret('first', dataSpec('s', a, more), { labels: { first: 'yes' } });
    await scene.externalSecret('second', dataSpec('s', b, more), { labels: { second: 'yes' } });
    const data = { foreign: 'kept', a: '1', b: '2' };
    await vi.waitFor(async () => expect(await scene.data('shared')).toEqual(data), 5000);
    const settled = await scene.secret('shared');
    expect(settled?.metadata.labels).toEqual({ first: 'yes', second: 'yes', [MANAGED_LABEL]: 'true' });
    expect(settled?.metadata.annotations?.[DATA_HASH_ANNOTATION]).toBe(hashOf(settled?.data));
    const backend = scene.provider.backends.get('b');
    const reads = backend?.refsRead ?? 0;
    await vi.waitFor(() => expect(backend?.refsRead).toBeGreaterThanOrEqual(reads + 4), 8000);
    expect((await scene.secret('shared'))?.metadata.resourceVersion).toBe(settled?.metadata.resourceVersion);
  });

  it('of two under CreateOrMerge each takes away its own keys only, and a change of one is followed', async () => {
    await using scene = await sceneWith(side());
    const more = { refreshInterval: '1s', target: { name: 'shared', creationPolicy: 'CreateOrMerge' } };
    await scene.externalSecret('first', dataSpec('s', a, more));
    await scene.externalSecret('second', dataSpec('s', b, more));
    await vi.waitFor(async () => expect(await scene.data('shared')).toEqual({ a: '1', b: '2' }), 5000);
    const data = [{ secretKey: 'renamed', remoteRef: { key: 'one' } }];
    await scene.patch(EXTERNAL_SECRETS, 'first', { spec: { data } });
    await vi.waitFor(async () => expect(await scene.data('shared')).toEqual({ renamed: '1', b: '2' }), 5000);
    scene.provider.backends.get('b')?.set('two', 'new');
    await vi.waitFor(async () => expect(await scene.data('shared')).toEqual({ renamed: '1', b: 'new' }), 8000);
    await scene.delete(SECRETS, 'shared');
    await vi.waitFor(async () => expect(await scene.data('shared')).toEqual({ renamed: '1', b: 'new' }), 8000);
  });

  it.each(['Merge', 'CreateOrMerge', 'Orphan'])(
    'scenario 34: what another ExternalSecret owns is refused under %s, too',
    async (creationPolicy) => {
      await using scene = await synced(side(), { refreshInterval: '1h' });
      const before = await scene.secret('app');
      await scene.externalSecret(
        'second',
        dataSpec('s', { b: { key: 'db' } }, { target: { name: 'app', creationPolicy } }),
      );
      await expectFailure(scene, 'second', ['"app"', 'owned by another', 'spec.target.name']);
      expect(await scene.secret('app')).toEqual(before);
    },
  );

  it('two that trade their target names end up with them', async () => {
    await using scene = await sceneWith(side());
    for (const [name, entries] of Object.entries({ x: a, y: b })) {
      await scene.externalSecret(name, dataSpec('s', entries, { refreshInterval: '1h' }));
    }
    await vi.waitFor(
      async () => expect([await scene.data('x'), await scene.data('y')]).toEqual([{ a: '1' }, { b: '2' }]),
      5000,
    );
    await scene.patch(EXTERNAL_SECRETS, 'x', { spec: { target: { name: 'y' } } });
    await scene.patch(EXTERNAL_SECRETS, 'y', { spec: { target: { name: 'x' } } });
    await vi.waitFor(
      async () => expect([await scene.data('x'), await scene.data('y')]).toEqual([{ b: '2' }, { a: '1' }]),
      8000,
    );
    for (const name of ['x', 'y']) {
      await vi.waitFor(async () => expect(await scene.ready(EXTERNAL_SECRETS, name)).toBe('True SecretSynced'), 5000);
    }
  });

  it('a Secret that is being deleted and held by somebody is waited for, not written again and again', async () => {
    await using scene = await synced(side(), { refreshInterval: '1h' });
    const before = await scene.secret('app');
    await scene.patch(SECRETS, 'app', { metadata: { finalizers: ['example.com/hold'] } });
    await scene.delete(SECRETS, 'app');
    await scene.externalSecret('later', dataSpec('s', { a: { key: 'db' } }));
    await vi.waitFor(async () => expect(await scene.data('later')).toEqual({ a: '{"password":"one"}' }), 5000);
    expect(scene.writesTo('secrets', 'app').map(({ verb }) => verb)).toEqual(['create']);
    // At most one for the finalizer and one for the deletion.
    expect(scene.passes.filter((key) => key.endsWith('/app')).length).toBeLessThanOrEqual(3);
    await scene.patch(SECRETS, 'app', { metadata: { finalizers: null } });
    await vi.waitFor(async () => {
      const { uid } = (await scene.secret('app'))?.metadata ?? {};
      expect(uid).toMatch(/./);
      expect(uid).not.toBe(before?.metadata.uid);
    }, 5000);
    expect(await scene.data('app')).toEqual({ password: 'one' });
  });

  it('whoever writes the Secret again after each repair does not get the store read without end', async () => {
    await using scene = await synced(side(), { refreshInterval: '1h' });
    const isRepaired = async () => (await scene.data('app'))?.['password'] === 'one';
    for (let round = 0; round < 40 && (await isRepaired()); round++) {
      await scene.patch(SECRETS, 'app', { data: { password: base64(`theirs ${round}`) } });
      await vi.waitFor(async () => expect(await isRepaired()).toBe(true), 1500).catch(() => undefined);
    }
    expect(await isRepaired()).toBe(false);
    // The first sync, and the repairs of a minute.
    expect(scene.provider.backends.get('b')?.refsRead).toBe(1 + 20);
    const nextAt = scene.controllers.externalSecrets.facts.of(`${scene.namespace}/app`, await objectOf(scene)).nextAt;
    expect(nextAt).toBeLessThanOrEqual(Date.now() + 60_000);
    await vi.waitFor(async () => {
      const warnings = (await scene.events('app')).filter(({ type }) => type === 'Warning');
      expect(warnings.map(({ message }) => message)).toEqual([expect.stringContaining('managedFields')]);
    }, 5000);
    // What is asked for is done at once.
    await scene.patch(EXTERNAL_SECRETS, 'app', { metadata: { annotations: { 'force-sync': '1' } } });
    await vi.waitFor(async () => expect(await isRepaired()).toBe(true), 5000);
  });

  it('a Secret that somebody replaces by another one is taken over', async () => {
    await using scene = await synced(side(), { refreshInterval: '1h' });
    await scene.stop();
    await scene.delete(SECRETS, 'app');
    await scene.create(SECRETS, 'app', {
      metadata: { labels: { theirs: 'yes' } },
      data: { password: base64('theirs') },
    });
    await using again = await Scene.reopen(side(), scene.namespace, ({ provider }) =>
      provider.backend('b').set('db', { password: 'one' }),
    );
    await vi.waitFor(async () => expect(await again.data('app')).toEqual({ password: 'one' }), 5000);
    const { metadata } = (await again.secret('app')) ?? {};
    expect(metadata?.labels).toMatchObject({ theirs: 'yes', [MANAGED_LABEL]: 'true' });
    const { uid } = (await again.get(EXTERNAL_SECRETS, 'app'))?.metadata ?? {};
    expect(metadata?.ownerReferences).toMatchObject([{ kind: 'ExternalSecret', name: 'app', uid, controller: true }]);
  });

  it('an ExternalSecret that is deleted and made anew at once owns its Secret', async () => {
    await using scene = await synced(side(), { refreshInterval: '1h' });
    await scene.delete(EXTERNAL_SECRETS, 'app');
    const spec = dataSpec('s', { password: { key: 'db', property: 'password' } }, { refreshInterval: '1h' });
    const { uid } = (await scene.externalSecret('app', spec)).metadata;
    await vi.waitFor(async () => {
      const owners = (await scene.secret('app'))?.metadata.ownerReferences;
      expect(owners?.map((owner) => owner.uid)).toEqual([uid]);
    }, 5000);
    expect(await scene.data('app')).toEqual({ password: 'one' });
  });
}

async function objectOf(scene: Scene): Promise<ExternalSecret> {
  const object = await scene.get<ExternalSecret>(EXTERNAL_SECRETS, 'app');
  if (!object) throw new Error('the ExternalSecret is gone');
  return object;
}

/** A store `s` over a backend with the keys `one` and `two`. */
async function sceneWith(side: Side): Promise<Scene> {
  const scene = await Scene.open(side);
  const backend = scene.provider.backend('b');
  backend.set('one', '1');
  backend.set('two', '2');
  await scene.store('s', { backend: 'b' });
  return scene;
}
