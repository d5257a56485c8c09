import { EXTERNAL_SECRETS, MANAGED_LABEL, OWNER_LABEL } from '@esox/api';
import { expect, it, vi } from 'vitest';
import { SECRETS } from '../resource-types.ts';
import { dataSpec, Scene, type Side } from '../side.fixture.ts';
import { synced } from './sync.fixture.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const entry = { password: { key: 'db', property: 'password' } };
const once = { refreshPolicy: 'CreatedOnce' };

/** Core specification §9 B: CreatedOnce with each creation policy, and immutable Secrets. */
export function creationScenarios(side: () => Side): void {
  it('scenario 17: CreatedOnce and Orphan, made anew with another value: the Secret that is there is overwritten', async () => {
    const spec = { ...once, target: { creationPolicy: 'Orphan' } };
    await using scene = await synced(side(), spec);
    await remade(scene, spec);
    await vi.waitFor(async () => expect(await scene.data('app')).toEqual({ password: 'two' }), 5000);
  });

  it('scenario 18: the same with an immutable target: Ready, and the value stays', async () => {
    const spec = { ...once, target: { creationPolicy: 'Orphan', immutable: true } };
    await using scene = await synced(side(), spec);
    expect((await scene.secret('app'))?.immutable).toBe(true);
    await remade(scene, spec);
    await vi.waitFor(async () => expect(await scene.ready(EXTERNAL_SECRETS, 'app')).toBe('True SecretSynced'), 5000);
    expect(await scene.data('app')).toEqual({ password: 'one' });
  });

  it('scenario 19: Owner, CreatedOnce and immutable: a deleted Secret comes back, immutable and with the new value', async () => {
    await using scene = await synced(side(), { ...once, target: { immutable: true } });
    scene.provider.backends.get('b')?.set('db', { password: 'two' });
    await scene.delete(SECRETS, 'app');
    await vi.waitFor(async () => expect(await scene.data('app')).toEqual({ password: 'two' }), 5000);
    expect((await scene.secret('app'))?.immutable).toBe(true);
  });

  it('scenario 20: Orphan and CreatedOnce: a deleted Secret stays deleted', async () => {
    await using scene = await synced(side(), { ...once, target: { creationPolicy: 'Orphan' } });
    await scene.delete(SECRETS, 'app');
    // Another object, made later, shows that what came before has been looked at.
    await scene.externalSecret('later', dataSpec('s', entry));
    await vi.waitFor(async () => expect(await scene.data('later')).toEqual({ password: 'one' }), 5000);
    expect(await scene.secret('app')).toBeUndefined();
  });

  it('scenario 21: Orphan, periodic and immutable: a deleted Secret comes back at the interval, and outlives its ExternalSecret', async () => {
    const spec = { refreshInterval: '1s', target: { creationPolicy: 'Orphan', immutable: true } };
    await using scene = await synced(side(), spec);
    const before = (await scene.secret('app'))?.metadata.uid;
    await scene.delete(SECRETS, 'app');
    await vi.waitFor(async () => expect((await scene.secret('app'))?.metadata.uid).toMatch(/./), 8000);
    expect((await scene.secret('app'))?.metadata.uid).not.toBe(before);
    await scene.delete(EXTERNAL_SECRETS, 'app');
    await vi.waitFor(async () => expect(await scene.get(EXTERNAL_SECRETS, 'app')).toBeUndefined(), 5000);
    expect(await scene.data('app')).toEqual({ password: 'one' });
  });

  it('an immutable target whose Secret is still mutable: the flag is set, the data is left alone', async () => {
    await using scene = await synced(side(), { refreshInterval: '1h' });
    scene.provider.backends.get('b')?.set('db', { password: 'two' });
    await scene.patch(EXTERNAL_SECRETS, 'app', { spec: { target: { immutable: true } } });
    await vi.waitFor(async () => expect((await scene.secret('app'))?.immutable).toBe(true), 5000);
    expect(await scene.data('app')).toEqual({ password: 'one' });
  });

  it('scenario 29: CreateOrMerge creates, merges, comes back at once under CreatedOnce, and outlives its ExternalSecret', async () => {
    const spec = { ...once, target: { creationPolicy: 'CreateOrMerge' } };
    await using scene = await synced(side(), spec);
    expect((await scene.secret('app'))?.metadata.ownerReferences).toBeUndefined();
    expect((await scene.secret('app'))?.metadata.labels).not.toHaveProperty(OWNER_LABEL);
    await scene.create(SECRETS, 'merged', { data: { foreign: base64('kept') } });
    const target = { name: 'merged', creationPolicy: 'CreateOrMerge' };
    await scene.externalSecret('second', dataSpec('s', entry, { target }));
    await vi.waitFor(
      async () => expect(await scene.data('merged')).toEqual({ password: 'one', foreign: 'kept' }),
      5000,
    );
    await scene.delete(SECRETS, 'app');
    await vi.waitFor(async () => expect(await scene.data('app')).toEqual({ password: 'one' }), 5000);
    await scene.delete(EXTERNAL_SECRETS, 'app');
    await vi.waitFor(async () => expect(await scene.get(EXTERNAL_SECRETS, 'app')).toBeUndefined(), 5000);
    expect(await scene.data('app')).toEqual({ password: 'one' });
  });

  it('scenario 60: a template with a type and plain metadata: provider keys as they are, its labels in place of the ExternalSecret’s', async () => {
    await using scene = await Scene.open(side());
    scene.provider.backend('b').set('db', { password: 'one' });
    await scene.store('s', { backend: 'b' });
    const metadata = { labels: { from: 'template' }, annotations: { note: 'plain' } };
    const target = { template: { type: 'example.com/login', metadata } };
    const own = { labels: { from: 'external-secret', own: 'yes' } };
    await scene.externalSecret('app', dataSpec('s', entry, { target }), own);
    await vi.waitFor(async () => expect(await scene.data('app')).toEqual({ password: 'one' }), 5000);
    const secret = await scene.secret('app');
    expect(secret?.type).toBe('example.com/login');
    expect(secret?.metadata.labels).toMatchObject({ from: 'template', [MANAGED_LABEL]: 'true' });
    expect(secret?.metadata.labels).not.toHaveProperty('own');
    expect(secret?.metadata.annotations).toMatchObject({ note: 'plain' });
  });

  it('a template with an action is refused for now, and nothing is written', async () => {
    await using scene = await Scene.open(side());
    scene.provider.backend('b').set('db', { password: 'one' });
    await scene.store('s', { backend: 'b' });
    const target = { template: { metadata: { labels: { user: '{{ .password }}' } } } };
    await scene.externalSecret('app', dataSpec('s', entry, { target }));
    await vi.waitFor(
      async () => expect(await scene.ready(EXTERNAL_SECRETS, 'app')).toBe('False SecretSyncedError'),
      5000,
    );
    expect(await scene.message(EXTERNAL_SECRETS, 'app')).toContain('spec.target.template');
    expect(await scene.secret('app')).toBeUndefined();
  });
}

/** The ExternalSecret is deleted, the external system has another value, and the ExternalSecret is made anew. */
async function remade(scene: Scene, spec: object): Promise<void> {
  await scene.delete(EXTERNAL_SECRETS, 'app');
  await vi.waitFor(async () => expect(await scene.get(EXTERNAL_SECRETS, 'app')).toBeUndefined(), 5000);
  scene.provider.backends.get('b')?.set('db', { password: 'two' });
  await scene.externalSecret('app', dataSpec('s', entry, spec));
}
