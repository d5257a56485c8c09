import {
  EXTERNAL_SECRET_FINALIZER,
  EXTERNAL_SECRETS,
  type ExternalSecret,
  MANAGED_LABEL,
  OWNER_LABEL,
} from '@esox/api';
import { expect, it, vi } from 'vitest';
import { SECRETS } from '../resource-types.ts';
import { dataSpec, Scene, type Side } from '../side.fixture.ts';
import { expectFailure } from './failures.fixture.ts';
import { synced } from './sync.fixture.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

/** Core specification §9 C and D: what is created, merged, kept and deleted. */
export function policyScenarios(side: () => Side): void {
  it('scenario 30: an unowned Secret is adopted; foreign labels stay, foreign keys go', async () => {
    await using scene = await prepared(side(), {}, { labels: { foreign: 'yes' } });
    await vi.waitFor(async () => expect(await scene.data('app')).toEqual({ password: 'one' }), 5000);
    expect((await scene.secret('app'))?.metadata.labels).toMatchObject({ foreign: 'yes', [MANAGED_LABEL]: 'true' });
  });

  it('scenario 23: Merge keeps foreign keys and labels, and owns nothing', async () => {
    await using scene = await prepared(side(), { creationPolicy: 'Merge' }, { labels: { foreign: 'yes' } });
    await vi.waitFor(async () => expect(await scene.data('app')).toEqual({ password: 'one', foreign: 'kept' }), 5000);
    const secret = await scene.secret('app');
    expect(secret?.metadata.ownerReferences).toBeUndefined();
    expect(secret?.metadata.labels).toMatchObject({ foreign: 'yes', [MANAGED_LABEL]: 'true' });
    expect(secret?.metadata.labels).not.toHaveProperty(OWNER_LABEL);
  });

  it('scenario 24: Merge without a Secret is Ready with reason SecretMissing, and merges once there is one', async () => {
    await using scene = await Scene.open(side());
    scene.provider.backend('b').set('db', 'one');
    await scene.store('s', { backend: 'b' });
    const target = { creationPolicy: 'Merge' };
    await scene.externalSecret('app', dataSpec('s', { password: { key: 'db' } }, { target }));
    await vi.waitFor(async () => expect(await scene.ready(EXTERNAL_SECRETS, 'app')).toBe('True SecretMissing'), 5000);
    expect(await scene.secret('app')).toBeUndefined();
    await scene.create(SECRETS, 'app', { data: { foreign: base64('kept') } });
    await vi.waitFor(async () => expect(await scene.data('app')).toEqual({ password: 'one', foreign: 'kept' }), 5000);
  });

  it('scenario 32: None is Ready, writes no Secret, and binds nothing', async () => {
    await using scene = await synced(side(), { target: { creationPolicy: 'None' } });
    expect(await scene.secret('app')).toBeUndefined();
    expect((await scene.get<ExternalSecret>(EXTERNAL_SECRETS, 'app'))?.status?.binding).toBeUndefined();
  });

  it('scenario 34: a Secret of another ExternalSecret is left alone', async () => {
    await using scene = await synced(side(), { refreshInterval: '1h' });
    const spec = dataSpec('s', { other: { key: 'db' } }, { target: { name: 'app' } });
    await scene.externalSecret('second', spec);
    await expectFailure(scene, 'second', ['"app"', 'owned by another', 'spec.target.name']);
    expect(await scene.data('app')).toEqual({ password: 'one' });
  });

  it('scenario 35: from Owner to Orphan the owner and its label go', async () => {
    await using scene = await synced(side(), { refreshInterval: '1h' });
    await scene.patch(EXTERNAL_SECRETS, 'app', { spec: { target: { creationPolicy: 'Orphan' } } });
    await vi.waitFor(async () => {
      const secret = await scene.secret('app');
      expect(secret?.metadata.ownerReferences).toBeUndefined();
      expect(secret?.metadata.labels).not.toHaveProperty(OWNER_LABEL);
    }, 5000);
    expect(await scene.data('app')).toEqual({ password: 'one' });
  });

  it('scenario 36: under Delete a key that is gone leaves the Secret, the last one takes it along', async () => {
    await using scene = await Scene.open(side());
    const backend = scene.provider.backend('b');
    backend.set('one', '1');
    backend.set('two', '2');
    await scene.store('s', { backend: 'b' });
    const more = { refreshInterval: '1h', target: { deletionPolicy: 'Delete' } };
    await scene.externalSecret('app', dataSpec('s', { a: { key: 'one' }, b: { key: 'two' } }, more));
    await vi.waitFor(async () => expect(await scene.data('app')).toEqual({ a: '1', b: '2' }), 5000);
    backend.delete('one');
    await scene.patch(EXTERNAL_SECRETS, 'app', { metadata: { annotations: { 'force-sync': '1' } } });
    await vi.waitFor(async () => expect(await scene.data('app')).toEqual({ b: '2' }), 5000);
    backend.delete('two');
    await scene.patch(EXTERNAL_SECRETS, 'app', { metadata: { annotations: { 'force-sync': '2' } } });
    await vi.waitFor(async () => expect(await scene.ready(EXTERNAL_SECRETS, 'app')).toBe('True SecretDeleted'), 5000);
    expect(await scene.secret('app')).toBeUndefined();
  });

  it('scenario 38: under Retain an empty listing keeps what is there and makes nothing', async () => {
    await using scene = await Scene.open(side());
    scene.provider.backend('b');
    await scene.store('s', { backend: 'b' });
    await scene.externalSecret('app', {
      secretStoreRef: { name: 's' },
      dataFrom: [{ find: { name: { regexp: 'x' } } }],
    });
    await vi.waitFor(async () => expect(await scene.ready(EXTERNAL_SECRETS, 'app')).toBe('True SecretSynced'), 5000);
    expect(await scene.message(EXTERNAL_SECRETS, 'app')).toContain('Retain');
    expect(await scene.secret('app')).toBeUndefined();
  });

  it('scenario 41: with deletionPolicy Delete the Secret goes with its ExternalSecret', async () => {
    await using scene = await synced(side(), { target: { deletionPolicy: 'Delete' } });
    expect((await scene.get(EXTERNAL_SECRETS, 'app'))?.metadata.finalizers).toEqual([EXTERNAL_SECRET_FINALIZER]);
    await scene.delete(EXTERNAL_SECRETS, 'app');
    await vi.waitFor(async () => expect(await scene.get(EXTERNAL_SECRETS, 'app')).toBeUndefined(), 5000);
    expect(await scene.secret('app')).toBeUndefined();
  });

  it('an object that needs no clean-up gets no finalizer', async () => {
    await using scene = await synced(side(), { refreshInterval: '1h' });
    expect((await scene.get(EXTERNAL_SECRETS, 'app'))?.metadata.finalizers ?? []).toEqual([]);
  });

  it('scenario 22: an immutable Secret keeps its data, and the condition says what to do', async () => {
    await using scene = await synced(side(), { refreshInterval: '1h' });
    await scene.patch(SECRETS, 'app', { immutable: true });
    scene.provider.backends.get('b')?.set('db', { password: 'two' });
    await scene.patch(EXTERNAL_SECRETS, 'app', { metadata: { annotations: { 'force-sync': '1' } } });
    await expectFailure(scene, 'app', ['"app"', 'immutable', 'delete it']);
    expect(await scene.data('app')).toEqual({ password: 'one' });
  });
}

/** A Secret `app` with the key `foreign` was there before the ExternalSecret. */
async function prepared(side: Side, target: object, metadata: object): Promise<Scene> {
  const scene = await Scene.open(side);
  scene.provider.backend('b').set('db', 'one');
  await scene.create(SECRETS, 'app', { metadata, data: { foreign: base64('kept') } });
  await scene.store('s', { backend: 'b' });
  await scene.externalSecret('app', dataSpec('s', { password: { key: 'db' } }, { target }));
  return scene;
}
