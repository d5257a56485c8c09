import {
  DATA_HASH_ANNOTATION,
  EXTERNAL_SECRET_FINALIZER,
  EXTERNAL_SECRETS,
  type ExternalSecret,
  MANAGED_LABEL,
  OWNER_LABEL,
} from '@esox/api';
import { expect, it, vi } from 'vitest';
import { CONFIG_MAPS, SECRETS } from '../resource-types.ts';
import { dataSpec, Scene, type Side } from '../side.fixture.ts';
import { hashOf } from '../external-secret/secret-object.ts';
import { expectFailure } from './failures.fixture.ts';
import { synced } from './sync.fixture.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const entry = { password: { key: 'db' } };
const forceSync = { metadata: { annotations: { 'force-sync': '1' } } };

/** Core specification §9 C and D, §3.2, 3.9–3.11: whose Secret it is, and what may be done to it. */
export function ownershipScenarios(side: () => Side): void {
  it('scenario 34: a Secret of a controller of another kind is left to it, and nobody tries again', async () => {
    await using scene = await sceneWith(side(), { db: 'one' });
    const { uid } = (await scene.create(CONFIG_MAPS, 'web', { data: {} })).metadata;
    const reference = { apiVersion: 'v1', kind: 'ConfigMap', name: 'web', uid, controller: true };
    await scene.create(SECRETS, 'app', {
      metadata: { ownerReferences: [reference] },
      data: { foreign: base64('kept') },
    });
    await scene.externalSecret('app', dataSpec('s', entry));
    await expectFailure(scene, 'app', ['"app"', 'ConfigMap "web"']);
    expect(await scene.data('app')).toEqual({ foreign: 'kept' });
    expectNoRetry(scene);
  });

  it('scenario 34: nor does it where another ExternalSecret owns it, until that one lets go', async () => {
    await using scene = await synced(side(), { refreshInterval: '1h' });
    await scene.externalSecret('second', dataSpec('s', { other: { key: 'db' } }, { target: { name: 'app' } }));
    await expectFailure(scene, 'second', ['owned by another']);
    await scene.delete(EXTERNAL_SECRETS, 'app');
    await scene.delete(SECRETS, 'app');
    await vi.waitFor(async () => expect(await scene.data('app')).toEqual({ other: '{"password":"one"}' }), 5000);
  });

  it.each(['None', 'Merge', 'Owner'])(
    'a Secret that was there gets the managed label under %s, whatever comes of the reading',
    async (creationPolicy) => {
      await using scene = await sceneWith(side(), {});
      await scene.create(SECRETS, 'app', {
        metadata: { labels: { foreign: 'yes' } },
        data: { foreign: base64('kept') },
      });
      await scene.externalSecret('app', dataSpec('s', entry, { target: { creationPolicy } }));
      await expectFailure(scene, 'app', ['key "db"', 'does not exist']);
      const secret = await scene.secret('app');
      expect(secret?.metadata.labels).toEqual({ foreign: 'yes', [MANAGED_LABEL]: 'true' });
      expect(await scene.data('app')).toEqual({ foreign: 'kept' });
    },
  );

  it('scenario 40: Delete without Owner fails where everything is gone, deletes nothing, and nobody tries again', async () => {
    await using scene = await sceneWith(side(), { db: 'one' });
    const target = { creationPolicy: 'Orphan', deletionPolicy: 'Delete' };
    await scene.externalSecret('app', dataSpec('s', entry, { refreshInterval: '1h', target }));
    await vi.waitFor(async () => expect(await scene.data('app')).toEqual({ password: 'one' }), 5000);
    scene.provider.backends.get('b')?.delete('db');
    await scene.patch(EXTERNAL_SECRETS, 'app', forceSync);
    await expectFailure(scene, 'app', ['spec.data[0]', 'deletionPolicy Delete', 'Orphan']);
    expect(await scene.data('app')).toEqual({ password: 'one' });
    expect((await scene.events('app')).map(({ reason }) => reason)).toContain('MissingProviderSecret');
    expectNoRetry(scene);
  });

  it('scenario 22: an immutable Secret takes labels, says that its data is behind, and nobody tries again', async () => {
    await using scene = await synced(side(), { refreshInterval: '1h' });
    await scene.patch(SECRETS, 'app', { immutable: true });
    scene.provider.backends.get('b')?.set('db', { password: 'two' });
    await scene.patch(EXTERNAL_SECRETS, 'app', { metadata: { labels: { team: 'a' } } });
    await expectFailure(scene, 'app', ['immutable']);
    const secret = await scene.secret('app');
    expect(await scene.data('app')).toEqual({ password: 'one' });
    expect(secret?.metadata.labels).toMatchObject({ team: 'a' });
    // As ESO: the hash beside it is that of the data that it should have.
    const wanted = hashOf({ password: base64('two') });
    expect(secret?.metadata.annotations?.[DATA_HASH_ANNOTATION]).toBe(wanted);
    expectNoRetry(scene);
    expect(scene.writesTo('secrets', 'app').map(({ verb }) => verb)).toEqual(['create', 'update']);
  });

  it('scenario 36: a Secret that was there and is not ours stays where everything is gone', async () => {
    await using scene = await sceneWith(side(), {});
    await scene.create(SECRETS, 'app', { data: { foreign: base64('kept') } });
    await scene.externalSecret('app', dataSpec('s', entry, { target: { deletionPolicy: 'Delete' } }));
    await vi.waitFor(async () => expect(await scene.ready(EXTERNAL_SECRETS, 'app')).toBe('True SecretDeleted'), 5000);
    expect(await scene.data('app')).toEqual({ foreign: 'kept' });
    expect(await scene.message(EXTERNAL_SECRETS, 'app')).toContain('does not own it');
  });

  it.each(['CreatedOnce', 'OnChange'])(
    'scenario 36: under %s a Secret that was deleted comes back at the interval when its keys do',
    async (refreshPolicy) => {
      await using scene = await sceneWith(side(), {});
      const more = { refreshPolicy, refreshInterval: '1s', target: { deletionPolicy: 'Delete' } };
      await scene.externalSecret('app', dataSpec('s', entry, more));
      await vi.waitFor(async () => expect(await scene.ready(EXTERNAL_SECRETS, 'app')).toBe('True SecretDeleted'), 5000);
      scene.provider.backends.get('b')?.set('db', 'one');
      await vi.waitFor(async () => expect(await scene.data('app')).toEqual({ password: 'one' }), 8000);
      expect(await scene.ready(EXTERNAL_SECRETS, 'app')).toBe('True SecretSynced');
    },
  );

  it('scenario 24: what Merge left absent is made when the policy turns to Owner, also with interval 0s', async () => {
    await using scene = await sceneWith(side(), { db: 'one' });
    const more = { refreshInterval: '0s', target: { creationPolicy: 'Merge' } };
    await scene.externalSecret('app', dataSpec('s', entry, more));
    await vi.waitFor(async () => expect(await scene.ready(EXTERNAL_SECRETS, 'app')).toBe('True SecretMissing'), 5000);
    await scene.patch(EXTERNAL_SECRETS, 'app', { spec: { target: { creationPolicy: 'Owner' } } });
    await vi.waitFor(async () => expect(await scene.data('app')).toEqual({ password: 'one' }), 5000);
  });

  it('scenario 39: under Merge and Merge the managed keys go, the others stay', async () => {
    await using scene = await sceneWith(side(), { db: 'one' });
    await scene.create(SECRETS, 'app', { data: { foreign: base64('kept') } });
    const target = { creationPolicy: 'Merge', deletionPolicy: 'Merge' };
    await scene.externalSecret('app', dataSpec('s', entry, { refreshInterval: '1h', target }));
    await vi.waitFor(async () => expect(await scene.data('app')).toEqual({ password: 'one', foreign: 'kept' }), 5000);
    scene.provider.backends.get('b')?.delete('db');
    await scene.patch(EXTERNAL_SECRETS, 'app', forceSync);
    await vi.waitFor(async () => expect(await scene.data('app')).toEqual({ foreign: 'kept' }), 5000);
    expect(await scene.ready(EXTERNAL_SECRETS, 'app')).toBe('True SecretSynced');
  });

  it('scenario 41: with deletionPolicy Delete a Secret that another one controls by now is left', async () => {
    await using scene = await sceneWith(side(), { db: 'one' });
    const target = { creationPolicy: 'Orphan', deletionPolicy: 'Delete' };
    await scene.externalSecret('app', dataSpec('s', entry, { target }));
    await vi.waitFor(async () => expect(await scene.data('app')).toEqual({ password: 'one' }), 5000);
    await scene.delete(EXTERNAL_SECRETS, 'app');
    await vi.waitFor(async () => expect(await scene.get(EXTERNAL_SECRETS, 'app')).toBeUndefined(), 5000);
    expect(await scene.data('app')).toEqual({ password: 'one' });
  });

  it('a finalizer of somebody else holds the object; ours goes, and nothing more is done', async () => {
    await using scene = await sceneWith(side(), { db: 'one' });
    const metadata = { finalizers: ['example.com/hold'] };
    await scene.externalSecret('app', dataSpec('s', entry, { target: { deletionPolicy: 'Delete' } }), metadata);
    await vi.waitFor(async () => expect(await scene.data('app')).toEqual({ password: 'one' }), 5000);
    await scene.delete(EXTERNAL_SECRETS, 'app');
    await vi.waitFor(async () => {
      expect((await scene.get(EXTERNAL_SECRETS, 'app'))?.metadata.finalizers).toEqual(['example.com/hold']);
    }, 5000);
    expect(await scene.secret('app')).toBeUndefined();
    // The store is asked no more, and the Secret does not come back.
    const reads = scene.provider.backends.get('b')?.refsRead ?? 0;
    await scene.patch(EXTERNAL_SECRETS, 'app', forceSync);
    await scene.externalSecret('later', dataSpec('s', entry));
    await vi.waitFor(async () => expect(await scene.data('later')).toEqual({ password: 'one' }), 5000);
    expect(scene.provider.backends.get('b')?.refsRead).toBe(reads + 1);
    expect(await scene.secret('app')).toBeUndefined();
    await scene.patch(EXTERNAL_SECRETS, 'app', { metadata: { finalizers: null } });
    await vi.waitFor(async () => expect(await scene.get(EXTERNAL_SECRETS, 'app')).toBeUndefined(), 5000);
  });

  it('a finalizer of ESO’s goes when the object is deleted, whatever the deletionPolicy', async () => {
    await using scene = await sceneWith(side(), { db: 'one' });
    const metadata = { finalizers: [EXTERNAL_SECRET_FINALIZER] };
    await scene.externalSecret('app', dataSpec('s', entry, { target: { creationPolicy: 'Orphan' } }), metadata);
    await vi.waitFor(async () => expect(await scene.data('app')).toEqual({ password: 'one' }), 5000);
    await scene.delete(EXTERNAL_SECRETS, 'app');
    await vi.waitFor(async () => expect(await scene.get(EXTERNAL_SECRETS, 'app')).toBeUndefined(), 5000);
    expect(await scene.data('app')).toEqual({ password: 'one' });
  });

  it('scenario 33: every Secret of an earlier name goes, and each deletion is told', async () => {
    await using scene = await synced(side(), { refreshPolicy: 'CreatedOnce' });
    const old = (await scene.secret('app'))?.metadata.labels?.[OWNER_LABEL];
    await scene.create(SECRETS, 'older', { metadata: { labels: { [OWNER_LABEL]: old ?? '' } } });
    await scene.patch(EXTERNAL_SECRETS, 'app', { spec: { target: { name: 'renamed' } } });
    await vi.waitFor(async () => expect(await scene.data('renamed')).toEqual({ password: 'one' }), 5000);
    await vi.waitFor(async () => {
      const deleted = (await scene.events('app')).filter(({ reason }) => reason === 'Deleted');
      expect(deleted.map(({ message }) => message).toSorted()).toEqual([
        'deleted the Secret "app"',
        'deleted the Secret "older"',
      ]);
    }, 5000);
    expect([await scene.secret('app'), await scene.secret('older')]).toEqual([undefined, undefined]);
    const status = (await scene.get<ExternalSecret>(EXTERNAL_SECRETS, 'app'))?.status;
    expect(status?.binding).toEqual({ name: 'renamed' });
  });

  it('an ExternalSecret with a very long name is synced, and its event is posted', async () => {
    await using scene = await sceneWith(side(), { db: 'one' });
    // The longest that a file can have, with its extension.
    const name = `${'a'.repeat(60)}.`.repeat(4) + 'b'.repeat(6);
    await scene.externalSecret(name, dataSpec('s', entry));
    await vi.waitFor(async () => expect(await scene.data(name)).toEqual({ password: 'one' }), 5000);
    await vi.waitFor(
      async () => expect((await scene.events(name)).map(({ reason }) => reason)).toEqual(['Created']),
      5000,
    );
  });

  it('a label that somebody took off the Secret comes back when the object is due', async () => {
    await using scene = await sceneWith(side(), { db: 'one' });
    await scene.externalSecret('app', dataSpec('s', entry, { refreshInterval: '1s' }), { labels: { team: 'a' } });
    await vi.waitFor(
      async () => expect((await scene.secret('app'))?.metadata.labels).toMatchObject({ team: 'a' }),
      5000,
    );
    await scene.patch(SECRETS, 'app', { metadata: { labels: { team: null } } });
    await vi.waitFor(
      async () => expect((await scene.secret('app'))?.metadata.labels).toMatchObject({ team: 'a' }),
      8000,
    );
  });
}

/** A store `s` on a backend `b` with these documents. */
async function sceneWith(side: Side, documents: Readonly<Record<string, string>>): Promise<Scene> {
  const scene = await Scene.open(side);
  const backend = scene.provider.backend('b');
  for (const [key, document] of Object.entries(documents)) backend.set(key, document);
  await scene.store('s', { backend: 'b' });
  return scene;
}

/** No object of the scene waits for a time at which it is tried again. */
function expectNoRetry(scene: Scene): void {
  const { delayed, waiting, inWork } = scene.controllers.externalSecrets.queue.stats();
  expect({ delayed, inWork, ...waiting }).toEqual({ delayed: 0, inWork: 0, new: 0, caused: 0, retry: 0, periodic: 0 });
}
