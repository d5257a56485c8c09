import { DATA_HASH_ANNOTATION, EXTERNAL_SECRETS, type ExternalSecret, MANAGED_LABEL, OWNER_LABEL } from '@esox/api';
import { ownerHash } from '@esox/core/engine';
import { expect, it, vi } from 'vitest';
import { SECRETS } from '../resource-types.ts';
import { hashOf } from '../external-secret/secret-object.ts';
import { dataSpec, Scene, type Side } from '../side.fixture.ts';

/** Core specification §9 A: create, refresh, drift; and §3.9–3.10: what is written. */
export function syncScenarios(side: () => Side): void {
  it('scenario 1: the Secret has the name of the ExternalSecret, and status.binding says so', async () => {
    await using scene = await Scene.open(side());
    scene.provider.backend('b').set('db', { password: 's3cr3t' });
    await scene.store('s', { backend: 'b' });
    await scene.externalSecret('app', dataSpec('s', { password: { key: 'db', property: 'password' } }));
    await vi.waitFor(async () => expect(await scene.ready(EXTERNAL_SECRETS, 'app')).toBe('True SecretSynced'), 5000);
    expect(await scene.data('app')).toEqual({ password: 's3cr3t' });
    expect((await scene.get<ExternalSecret>(EXTERNAL_SECRETS, 'app'))?.status?.binding).toEqual({ name: 'app' });
  });

  it('writes the labels, the hash and the owner that ESO writes', async () => {
    await using scene = await Scene.open(side());
    scene.provider.backend('b').set('db', { password: 's3cr3t' });
    await scene.store('s', { backend: 'b' });
    const metadata = { labels: { team: 'a' }, annotations: { note: 'n' } };
    const object = await scene.externalSecret(
      'app',
      dataSpec('s', { password: { key: 'db', property: 'password' } }),
      metadata,
    );
    await vi.waitFor(async () => expect(await scene.secret('app')).toBeDefined(), 5000);
    const secret = await scene.secret('app');
    expect(secret?.metadata.labels).toEqual({
      team: 'a',
      [MANAGED_LABEL]: 'true',
      [OWNER_LABEL]: ownerHash(scene.namespace, 'app'),
    });
    // The hash of Appendix D for {password: "s3cr3t"}.
    expect(secret?.metadata.annotations).toEqual({
      note: 'n',
      [DATA_HASH_ANNOTATION]: '32624ec2bbb01c19a38546e9e3c9996bce3ad67744c9550874b627b9',
    });
    expect(secret?.metadata.ownerReferences).toEqual([
      {
        apiVersion: 'external-secrets.io/v1',
        kind: 'ExternalSecret',
        name: 'app',
        uid: object.metadata.uid,
        controller: true,
        blockOwnerDeletion: true,
      },
    ]);
    expect(secret?.type).toBe('Opaque');
  });

  it('needs three requests for a first sync: the Secret, the status, the event', async () => {
    await using scene = await Scene.open(side());
    scene.provider.backend('b').set('db', { password: 's3cr3t' });
    await scene.store('s', { backend: 'b' });
    await scene.externalSecret('app', dataSpec('s', { password: { key: 'db', property: 'password' } }));
    await vi.waitFor(async () => {
      const created = (await scene.events('app')).map(({ type, reason }) => `${type} ${reason}`);
      expect(created).toEqual(['Normal Created']);
    }, 5000);
    const writes = scene.writes
      .filter(({ key }) => /\/app(\.|$)/.test(key))
      .map(({ verb, plural }) => `${verb} ${plural}`);
    expect(writes.toSorted()).toEqual(['create events', 'create secrets', 'patch externalsecrets']);
  });

  it('scenario 3: a deleted Secret comes back at once, long before the interval', async () => {
    await using scene = await synced(side(), { refreshInterval: '10m' });
    const before = await scene.secret('app');
    await scene.delete(SECRETS, 'app');
    await vi.waitFor(async () => expect(await scene.data('app')).toEqual({ password: 'one' }), 5000);
    expect((await scene.secret('app'))?.metadata.uid).not.toBe(before?.metadata.uid);
  });

  it('scenario 4: a foreign key and an edited hash are repaired before the interval', async () => {
    await using scene = await synced(side(), { refreshInterval: '10m' });
    const hash = (await scene.secret('app'))?.metadata.annotations?.[DATA_HASH_ANNOTATION];
    await scene.patch(SECRETS, 'app', { data: { intruder: 'eA==' } });
    await vi.waitFor(async () => expect(await scene.data('app')).toEqual({ password: 'one' }), 5000);
    await scene.patch(SECRETS, 'app', { metadata: { annotations: { [DATA_HASH_ANNOTATION]: 'edited' } } });
    await vi.waitFor(async () => {
      expect((await scene.secret('app'))?.metadata.annotations?.[DATA_HASH_ANNOTATION]).toBe(hash);
    }, 5000);
  });

  it('an edit that brings its own hash along is put right when the object is due', async () => {
    await using scene = await synced(side(), { refreshInterval: '1s' });
    const hash = hashOf({ password: 'eA==' });
    const annotations = { [DATA_HASH_ANNOTATION]: hash };
    await scene.patch(SECRETS, 'app', { metadata: { annotations }, data: { password: 'eA==' } });
    await vi.waitFor(async () => expect(await scene.data('app')).toEqual({ password: 'one' }), 5000);
  });

  it('scenario 5: the Secret follows the external system at each interval, keys that go included', async () => {
    await using scene = await Scene.open(side());
    const backend = scene.provider.backend('b');
    backend.set('db', { user: 'u', password: 'one' });
    await scene.store('s', { backend: 'b' });
    const spec = { secretStoreRef: { name: 's' }, dataFrom: [{ extract: { key: 'db' } }], refreshInterval: '1s' };
    await scene.externalSecret('app', spec);
    await vi.waitFor(async () => expect(await scene.data('app')).toEqual({ user: 'u', password: 'one' }), 5000);
    backend.set('db', { password: 'two' });
    await vi.waitFor(async () => expect(await scene.data('app')).toEqual({ password: 'two' }), 10_000);
  });

  it('scenarios 6 and 7: with interval 0s nothing is read again, but a deleted Secret comes back', async () => {
    await using scene = await synced(side(), { refreshInterval: '0s' });
    scene.provider.backends.get('b')?.set('db', { password: 'two' });
    await scene.patch(EXTERNAL_SECRETS, 'app', { metadata: { annotations: { 'force-sync': '1' } } });
    await scene.externalSecret('later', dataSpec('s', { password: { key: 'db', property: 'password' } }));
    await vi.waitFor(async () => expect(await scene.data('later')).toEqual({ password: 'two' }), 5000);
    expect(await scene.data('app')).toEqual({ password: 'one' });
    await scene.delete(SECRETS, 'app');
    await vi.waitFor(async () => expect(await scene.data('app')).toEqual({ password: 'two' }), 5000);
  });

  it('scenario 8: an annotation on the ExternalSecret refreshes it within the interval', async () => {
    await using scene = await synced(side(), { refreshInterval: '1h' });
    scene.provider.backends.get('b')?.set('db', { password: 'two' });
    await scene.patch(EXTERNAL_SECRETS, 'app', { metadata: { annotations: { 'force-sync': '1' } } });
    await vi.waitFor(async () => expect(await scene.data('app')).toEqual({ password: 'two' }), 5000);
  });

  it('a change of the spec is followed at once', async () => {
    await using scene = await synced(side(), { refreshInterval: '1h' });
    const data = [{ secretKey: 'renamed', remoteRef: { key: 'db', property: 'password' } }];
    await scene.patch(EXTERNAL_SECRETS, 'app', { spec: { data } });
    await vi.waitFor(async () => expect(await scene.data('app')).toEqual({ renamed: 'one' }), 5000);
  });

  it('scenario 14: what fails recovers by itself, and says so', async () => {
    await using scene = await Scene.open(side());
    const backend = scene.provider.backend('b');
    await scene.store('s', { backend: 'b' });
    await scene.externalSecret('app', dataSpec('s', { password: { key: 'db' } }));
    await vi.waitFor(
      async () => expect(await scene.ready(EXTERNAL_SECRETS, 'app')).toBe('False SecretSyncedError'),
      5000,
    );
    backend.set('db', 'one');
    await vi.waitFor(async () => expect(await scene.ready(EXTERNAL_SECRETS, 'app')).toBe('True SecretSynced'), 10_000);
    expect(await scene.data('app')).toEqual({ password: 'one' });
  });

  it('scenario 33: a new target name makes a new Secret, and the old one goes', async () => {
    await using scene = await synced(side(), { refreshInterval: '1h' });
    await scene.patch(EXTERNAL_SECRETS, 'app', { spec: { target: { name: 'renamed' } } });
    await vi.waitFor(async () => expect(await scene.data('renamed')).toEqual({ password: 'one' }), 5000);
    await vi.waitFor(async () => expect(await scene.secret('app')).toBeUndefined(), 5000);
  });

  it('scenario 42: values of several stores come together in one Secret', async () => {
    await using scene = await Scene.open(side());
    scene.provider.backend('b').set('one', { a: '1' });
    scene.provider.backend('c').set('two', { b: '2' });
    await scene.store('s', { backend: 'b' });
    await scene.store('t', { backend: 'c' });
    const sourceRef = { storeRef: { name: 't' } };
    const dataFrom = [{ extract: { key: 'one' } }, { extract: { key: 'two' }, sourceRef }];
    await scene.externalSecret('app', { secretStoreRef: { name: 's' }, dataFrom });
    await vi.waitFor(async () => expect(await scene.data('app')).toEqual({ a: '1', b: '2' }), 5000);
  });

  it('scenario 2: a target name of more than 63 characters', async () => {
    const name = `long-${'x'.repeat(100)}`;
    await using scene = await synced(side(), { target: { name } });
    expect(await scene.data(name)).toEqual({ password: 'one' });
    expect((await scene.get<ExternalSecret>(EXTERNAL_SECRETS, 'app'))?.status?.binding).toEqual({ name });
  });

  it('scenario 13: a change of the status alone causes no pass, a finalizer does', async () => {
    await using scene = await synced(side(), { refreshInterval: '1h' });
    const key = { namespace: scene.namespace, name: 'app' };
    const passes = () => scene.passes.filter((passed) => passed === `${scene.namespace}/app`).length;
    await vi.waitFor(() => expect(passes()).toBeGreaterThan(0), 5000);
    const before = passes();
    const patch = { type: 'merge', body: { status: { binding: { name: 'elsewhere' } } } } as const;
    const signal = AbortSignal.timeout(5000);
    await scene.side.cluster.patch(EXTERNAL_SECRETS, key, patch, { signal, subresource: 'status' });
    // Another object, made later, shows that what came before has been looked at.
    await scene.externalSecret('later', dataSpec('s', { password: { key: 'db', property: 'password' } }));
    await vi.waitFor(async () => expect(await scene.data('later')).toEqual({ password: 'one' }), 5000);
    expect(passes()).toBe(before);
    await scene.patch(EXTERNAL_SECRETS, 'app', { metadata: { finalizers: ['example.com/keep'] } });
    await vi.waitFor(() => expect(passes()).toBe(before + 1), 5000);
    await scene.patch(EXTERNAL_SECRETS, 'app', { metadata: { finalizers: null } });
  });

  it('finds by name, and rewrites the keys', async () => {
    await using scene = await Scene.open(side());
    const backend = scene.provider.backend('b');
    backend.set('app/db', 'one');
    backend.set('app/api', 'two');
    backend.set('other', 'three');
    await scene.store('s', { backend: 'b' });
    const rewrite = [{ regexp: { source: '^app/', target: '' } }];
    const dataFrom = [{ find: { name: { regexp: 'app/' } }, rewrite }];
    await scene.externalSecret('app', { secretStoreRef: { name: 's' }, dataFrom });
    await vi.waitFor(async () => expect(await scene.data('app')).toEqual({ db: 'one', api: 'two' }), 5000);
  });
}

/** A scene with the synced ExternalSecret `app`, whose `password` is `one`. */
export async function synced(side: Side, spec: object): Promise<Scene> {
  const scene = await Scene.open(side);
  scene.provider.backend('b').set('db', { password: 'one' });
  await scene.store('s', { backend: 'b' });
  await scene.externalSecret('app', dataSpec('s', { password: { key: 'db', property: 'password' } }, spec));
  await vi.waitFor(async () => expect(await scene.ready(EXTERNAL_SECRETS, 'app')).toBe('True SecretSynced'), 5000);
  return scene;
}
