import { CLUSTER_SECRET_STORES, EXTERNAL_SECRETS, type ExternalSecret, SECRET_STORES } from '@esox/api';
import { expect, it, vi } from 'vitest';
import { dataSpec, outage, Scene, type Side, uniqueName } from '../side.fixture.ts';
import { expectFailure } from './failures.fixture.ts';
import { synced } from './sync.fixture.ts';

const entry = { password: { key: 'db' } };
const forceSync = { metadata: { annotations: { 'force-sync': '1' } } };

/** Core specification §3.2 steps 5–6, §3.3: what becomes of objects whose stores come, go and change hands. */
export function storeLifeScenarios(side: () => Side): void {
  it('a store that is deleted leaves its Secrets; the next refresh says what is missing, a new store mends it', async () => {
    await using scene = await synced(side(), { refreshInterval: '1s' });
    await scene.delete(SECRET_STORES, 's');
    await expectFailure(scene, 'app', ['spec.data[0]', 'SecretStore "s"', 'does not exist', scene.namespace]);
    expect(await scene.data('app')).toEqual({ password: 'one' });
    scene.provider.backend('c').set('db', { password: 'two' });
    await scene.store('s', { backend: 'c' });
    await vi.waitFor(async () => expect(await scene.data('app')).toEqual({ password: 'two' }), 5000);
    expect(await scene.ready(EXTERNAL_SECRETS, 'app')).toBe('True SecretSynced');
  });

  it('a store that is deleted and made anew is read anew, not only by objects that failed meanwhile', async () => {
    await using scene = await synced(side(), { refreshInterval: '1h' });
    scene.provider.backend('c').set('db', { password: 'two' });
    await scene.delete(SECRET_STORES, 's');
    await scene.externalSecret('later', dataSpec('s', entry));
    await expectFailure(scene, 'later', ['does not exist']);
    // As with ESO, what is in sync says nothing before it is due.
    expect(await scene.ready(EXTERNAL_SECRETS, 'app')).toBe('True SecretSynced');
    expect(scene.writesTo('externalsecrets', 'app')).toHaveLength(1);
    await scene.store('s', { backend: 'c' });
    await vi.waitFor(async () => expect(await scene.data('app')).toEqual({ password: 'two' }), 5000);
  });

  it('an object can be deleted, with its Secret, when its store is gone', async () => {
    await using scene = await synced(side(), { refreshInterval: '1h', target: { deletionPolicy: 'Delete' } });
    await scene.delete(SECRET_STORES, 's');
    await scene.delete(EXTERNAL_SECRETS, 'app');
    await vi.waitFor(async () => expect(await scene.get(EXTERNAL_SECRETS, 'app')).toBeUndefined(), 5000);
    expect(await scene.secret('app')).toBeUndefined();
  });

  it('a cluster-wide store that closes itself to a namespace: nothing is read for it any more, its Secret stays', async () => {
    await using scene = await Scene.open(side());
    const backend = scene.provider.backend('b');
    backend.set('db', 'one');
    const name = uniqueName('closing');
    await scene.clusterStore(name, { backend: 'b' });
    await scene.externalSecret('app', clusterWide(name, { refreshInterval: '1s' }));
    await vi.waitFor(async () => expect(await scene.data('app')).toEqual({ password: 'one' }), 5000);
    await scene.patch(CLUSTER_SECRET_STORES, name, { spec: { conditions: [{ namespaces: ['other'] }] } });
    await expectFailure(scene, 'app', [`ClusterSecretStore "${name}"`, scene.namespace]);
    const reads = backend.refsRead;
    await scene.patch(EXTERNAL_SECRETS, 'app', forceSync);
    backend.set('db', 'two');
    await scene.store('s', { backend: 'b' });
    await scene.externalSecret('later', dataSpec('s', entry));
    await vi.waitFor(async () => expect(await scene.data('later')).toEqual({ password: 'two' }), 5000);
    expect(backend.refsRead).toBe(reads + 1);
    expect(await scene.data('app')).toEqual({ password: 'one' });
    await scene.patch(CLUSTER_SECRET_STORES, name, { spec: { conditions: [{ namespaces: [scene.namespace] }] } });
    await vi.waitFor(async () => expect(await scene.data('app')).toEqual({ password: 'two' }), 5000);
    await scene.delete(CLUSTER_SECRET_STORES, name);
  });

  it('without the flood gate a store that is not ready is read all the same', async () => {
    await using scene = await Scene.open(side(), { floodGate: false });
    const backend = scene.provider.backend('b');
    backend.failure = outage;
    await scene.store('s', { backend: 'b' });
    await scene.externalSecret('app', dataSpec('s', entry));
    await expectFailure(scene, 'app', ['SecretStore "s"', 'answered 503']);
    expect(await scene.message(EXTERNAL_SECRETS, 'app')).not.toContain('not ready');
    expect(backend.reads.length).toBeGreaterThan(0);
  });

  it('scenario 44: a store of another class behind an entry keeps the whole object from us, without a word', async () => {
    await using scene = await withForeignStore(side());
    const data = [
      { secretKey: 'a', remoteRef: { key: 'db' } },
      { secretKey: 'b', remoteRef: { key: 'db' }, sourceRef: { storeRef: { name: 'foreign' } } },
    ];
    await scene.externalSecret('app', { secretStoreRef: { name: 's' }, data });
    const dataFrom = [{ extract: { key: 'db' }, sourceRef: { storeRef: { name: 'foreign' } } }];
    await scene.externalSecret('second', { secretStoreRef: { name: 's' }, dataFrom });
    await scene.externalSecret('later', dataSpec('s', entry));
    await vi.waitFor(async () => expect(await scene.data('later')).toEqual({ password: '{"a":"1"}' }), 5000);
    for (const name of ['app', 'second']) {
      expect((await scene.get<ExternalSecret>(EXTERNAL_SECRETS, name))?.status?.conditions).toBeUndefined();
      expect(await scene.events(name)).toEqual([]);
      expect(await scene.secret(name)).toBeUndefined();
    }
  });

  it('scenario 44: behind a cluster-wide default store it fails, as with ESO', async () => {
    await using scene = await withForeignStore(side());
    const name = uniqueName('default');
    await scene.clusterStore(name, { backend: 'b' });
    const data = [{ secretKey: 'b', remoteRef: { key: 'db' }, sourceRef: { storeRef: { name: 'foreign' } } }];
    await scene.externalSecret('app', { ...clusterWide(name), data });
    await expectFailure(scene, 'app', ['spec.data[0]', 'SecretStore "foreign"', '"other"', '"default"']);
    expect(await scene.secret('app')).toBeUndefined();
    await scene.delete(CLUSTER_SECRET_STORES, name);
  });

  it('a store that changes to our class brings its objects along at once', async () => {
    await using scene = await withForeignStore(side());
    await scene.externalSecret('app', dataSpec('foreign', entry));
    await scene.externalSecret('later', dataSpec('s', entry));
    await vi.waitFor(async () => expect(await scene.data('later')).toEqual({ password: '{"a":"1"}' }), 5000);
    expect(await scene.ready(EXTERNAL_SECRETS, 'app')).toBeUndefined();
    await scene.patch(SECRET_STORES, 'foreign', { spec: { controller: 'default' } });
    await vi.waitFor(async () => expect(await scene.data('app')).toEqual({ password: '{"a":"1"}' }), 5000);
  });

  it('a store that changes to another class: its Secrets stay as they are, and so do the conditions', async () => {
    await using scene = await synced(side(), { refreshInterval: '1s' });
    await scene.patch(SECRET_STORES, 's', { spec: { controller: 'other' } });
    scene.provider.backends.get('b')?.set('db', { password: 'two' });
    await scene.store('own', { backend: 'b' });
    await scene.externalSecret('later', dataSpec('own', { a: { key: 'db' } }, { refreshInterval: '1s' }));
    for (const password of ['three', 'four', 'five']) {
      scene.provider.backends.get('b')?.set('db', { password });
      const data = { a: JSON.stringify({ password }) };
      await vi.waitFor(async () => expect(await scene.data('later')).toEqual(data), 8000);
    }
    expect(await scene.data('app')).toEqual({ password: 'one' });
    expect(await scene.ready(EXTERNAL_SECRETS, 'app')).toBe('True SecretSynced');
  });
}

function clusterWide(name: string, more: object = {}): object {
  return { ...dataSpec(name, entry, more), secretStoreRef: { kind: 'ClusterSecretStore', name } };
}

/** A store `s` of ours and one that another controller class serves, on the same backend. */
async function withForeignStore(side: Side): Promise<Scene> {
  const scene = await Scene.open(side);
  scene.provider.backend('b').set('db', { a: '1' });
  await scene.store('s', { backend: 'b' });
  await scene.store('foreign', { backend: 'b' }, { controller: 'other' });
  return scene;
}
