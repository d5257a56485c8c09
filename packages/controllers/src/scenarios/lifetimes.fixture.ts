import { EXTERNAL_SECRETS, type ExternalSecret, OWNER_LABEL } from '@esox/api';
import { expect, it, vi } from 'vitest';
import { SECRETS } from '../resource-types.ts';
import { dataSpec, Scene, type Side } from '../side.fixture.ts';
import { expectFailure, expectRefused } from './failures.fixture.ts';
import { synced } from './sync.fixture.ts';

type Data = Readonly<Record<string, string>> | undefined;

const base64 = (text: string) => Buffer.from(text).toString('base64');
const entries = { a: { key: 'one' }, b: { key: 'two' } };

const foreign = { foreign: 'kept' };
const one = { a: '1' };
const both = { a: '1', b: '2' };
const ok = 'True SecretSynced';
const failed = 'False SecretSyncedError';

interface Lifetime {
  readonly creationPolicy: string;
  readonly deletionPolicy: string;
  /** Beside what was read. */
  readonly kept?: Data;
  readonly withoutOne: readonly [Data, string];
  readonly withoutAll: readonly [Data, string];
}

/** Core specification §3.7 and the table of §3.9, over a Secret that was there with the key `foreign`. */
const lifetimes: readonly Lifetime[] = [
  { creationPolicy: 'Owner', deletionPolicy: 'Retain', withoutOne: [both, failed], withoutAll: [both, failed] },
  {
    creationPolicy: 'Owner',
    deletionPolicy: 'Delete',
    withoutOne: [one, ok],
    withoutAll: [undefined, 'True SecretDeleted'],
  },
  { creationPolicy: 'Owner', deletionPolicy: 'Merge', withoutOne: [one, ok], withoutAll: [{}, ok] },
  { creationPolicy: 'Orphan', deletionPolicy: 'Retain', withoutOne: [both, failed], withoutAll: [both, failed] },
  { creationPolicy: 'Orphan', deletionPolicy: 'Delete', withoutOne: [one, ok], withoutAll: [one, failed] },
  { creationPolicy: 'Orphan', deletionPolicy: 'Merge', withoutOne: [one, ok], withoutAll: [{}, ok] },
  ...['Merge', 'CreateOrMerge'].flatMap((creationPolicy): Lifetime[] => [
    {
      creationPolicy,
      deletionPolicy: 'Retain',
      kept: foreign,
      withoutOne: [both, failed],
      withoutAll: [both, failed],
    },
    { creationPolicy, deletionPolicy: 'Merge', kept: foreign, withoutOne: [one, ok], withoutAll: [{}, ok] },
  ]),
];

/** Core specification §3.7, 3.9 and 3.11: every creationPolicy with every deletionPolicy, from birth to death. */
export function lifetimeScenarios(side: () => Side): void {
  it.each(lifetimes)(
    'creationPolicy $creationPolicy, deletionPolicy $deletionPolicy: keys go, come back, and the object goes',
    async ({ creationPolicy, deletionPolicy, kept, withoutOne, withoutAll }) => {
      await using scene = await sceneWith(side());
      const backend = scene.provider.backends.get('b');
      await scene.create(SECRETS, 'app', { data: { foreign: base64('kept') } });
      const target = { creationPolicy, deletionPolicy };
      await scene.externalSecret('app', dataSpec('s', entries, { refreshInterval: '1h', target }));
      await expectState(scene, [{ ...kept, ...both }, ok]);
      await expectOwner(scene, creationPolicy === 'Owner');

      backend?.delete('two');
      await forceSync(scene, '1');
      await expectState(scene, withKept(kept, withoutOne), 'spec.data[1]');
      backend?.delete('one');
      await forceSync(scene, '2');
      await expectState(scene, withKept(kept, withoutAll), 'spec.data[0]');

      for (const [key, value] of Object.entries({ one: '1', two: '2' })) backend?.set(key, value);
      await forceSync(scene, '3');
      await expectState(scene, [{ ...kept, ...both }, ok]);

      const deletions = () => scene.writesTo('secrets', 'app').filter(({ verb }) => verb === 'delete').length;
      const before = deletions();
      await scene.delete(EXTERNAL_SECRETS, 'app');
      await vi.waitFor(async () => expect(await scene.get(EXTERNAL_SECRETS, 'app')).toBeUndefined(), 5000);
      const isOwned = creationPolicy === 'Owner';
      expect(deletions() - before).toBe(isOwned && deletionPolicy === 'Delete' ? 1 : 0);
      // What is owned is Kubernetes' to collect.
      if (!isOwned) expect(await scene.data('app')).toEqual({ ...kept, ...both });
    },
  );

  it.each([
    ['Merge', 'Delete'],
    ['CreateOrMerge', 'Delete'],
    ['None', 'Delete'],
    ['None', 'Merge'],
  ])('creationPolicy %s, deletionPolicy %s: refused, and the Secret is not touched', async (creation, deletion) => {
    await using scene = await sceneWith(side());
    await scene.create(SECRETS, 'app', { data: { foreign: base64('kept') } });
    const target = { creationPolicy: creation, deletionPolicy: deletion };
    await expectRefused(scene, 'app', dataSpec('s', entries, { target }), 'deletionPolicy');
    expect(await scene.data('app')).toEqual(foreign);
    expect(scene.provider.backends.get('b')?.reads).toEqual([]);
  });

  it('None reads, reports, and never touches the data of a Secret of that name, not even an edited one', async () => {
    await using scene = await sceneWith(side());
    await scene.create(SECRETS, 'app', { data: { foreign: base64('kept') } });
    const target = { creationPolicy: 'None' };
    await scene.externalSecret('app', dataSpec('s', entries, { refreshInterval: '1s', target }));
    await expectState(scene, [foreign, ok]);
    await scene.patch(SECRETS, 'app', { data: { foreign: base64('edited') } });
    const backend = scene.provider.backends.get('b');
    const reads = backend?.refsRead ?? 0;
    await vi.waitFor(() => expect(backend?.refsRead).toBeGreaterThanOrEqual(reads + 4), 8000);
    expect(await scene.data('app')).toEqual({ foreign: 'edited' });
    backend?.delete('two');
    await expectFailure(scene, 'app', ['spec.data[1]']);
    await scene.delete(EXTERNAL_SECRETS, 'app');
    await vi.waitFor(async () => expect(await scene.get(EXTERNAL_SECRETS, 'app')).toBeUndefined(), 5000);
    expect(await scene.data('app')).toEqual({ foreign: 'edited' });
  });

  it.each(['Orphan', 'CreateOrMerge'])('a new target name under %s: the old Secret stays', async (creationPolicy) => {
    await using scene = await synced(side(), { refreshInterval: '1h', target: { creationPolicy } });
    await scene.patch(EXTERNAL_SECRETS, 'app', { spec: { target: { name: 'renamed' } } });
    await vi.waitFor(async () => expect(await scene.data('renamed')).toEqual({ password: 'one' }), 5000);
    expect(await scene.data('app')).toEqual({ password: 'one' });
    expect((await statusOf(scene))?.binding).toEqual({ name: 'renamed' });
  });

  it('from Orphan to Owner the Secret gets an owner and its label; from Owner to None it is left with both', async () => {
    await using scene = await synced(side(), { refreshInterval: '1h', target: { creationPolicy: 'Orphan' } });
    await expectOwner(scene, false);
    await scene.patch(EXTERNAL_SECRETS, 'app', { spec: { target: { creationPolicy: 'Owner' } } });
    await vi.waitFor(() => expectOwner(scene, true), 5000);
    scene.provider.backends.get('b')?.set('db', { password: 'two' });
    const before = await statusOf(scene);
    await scene.patch(EXTERNAL_SECRETS, 'app', { spec: { target: { creationPolicy: 'None' } } });
    await vi.waitFor(async () => {
      expect((await statusOf(scene))?.syncedResourceVersion).not.toBe(before?.syncedResourceVersion);
    }, 5000);
    expect(await scene.data('app')).toEqual({ password: 'one' });
    await expectOwner(scene, true);
    // As ESO: the name stays although nothing is written to it any more.
    expect((await statusOf(scene))?.binding).toEqual({ name: 'app' });
  });

  it('deletionPolicy Delete taken back before the object goes: the operator deletes no Secret', async () => {
    await using scene = await synced(side(), { refreshInterval: '1h', target: { deletionPolicy: 'Delete' } });
    await scene.patch(EXTERNAL_SECRETS, 'app', { spec: { target: { deletionPolicy: 'Retain' } } });
    await scene.delete(EXTERNAL_SECRETS, 'app');
    await vi.waitFor(async () => expect(await scene.get(EXTERNAL_SECRETS, 'app')).toBeUndefined(), 5000);
    expect(scene.writesTo('secrets', 'app').map(({ verb }) => verb)).toEqual(['create']);
  });

  it('each write is told in an event, in the order of the writes', async () => {
    await using scene = await synced(side(), { refreshInterval: '1h', target: { deletionPolicy: 'Delete' } });
    scene.provider.backends.get('b')?.set('db', { password: 'two' });
    await forceSync(scene, '1');
    await vi.waitFor(async () => expect(await scene.data('app')).toEqual({ password: 'two' }), 5000);
    scene.provider.backends.get('b')?.delete('db');
    await forceSync(scene, '2');
    await vi.waitFor(async () => {
      const events = await scene.events('app');
      expect(events.map(({ type, reason }) => `${type} ${reason}`).toSorted()).toEqual([
        'Normal Created',
        'Normal Deleted',
        'Normal MissingProviderSecret',
        'Normal Updated',
      ]);
      const missing = events.find(({ reason }) => reason === 'MissingProviderSecret');
      expect(missing?.message).toContain('spec.data[0] (key "db"');
    }, 5000);
  });
}

function withKept(kept: Data, [data, ready]: readonly [Data, string]): readonly [Data, string] {
  return [data && { ...kept, ...data }, ready];
}

/** `cause`: what the message names where the object is to have failed. */
async function expectState(scene: Scene, [data, ready]: readonly [Data, string], cause = ''): Promise<void> {
  await vi.waitFor(async () => {
    expect(await scene.ready(EXTERNAL_SECRETS, 'app')).toBe(ready);
    expect(await scene.data('app')).toEqual(data);
    if (ready === failed) expect(await scene.message(EXTERNAL_SECRETS, 'app')).toContain(cause);
  }, 8000);
}

async function expectOwner(scene: Scene, isOwned: boolean): Promise<void> {
  const { metadata } = (await scene.secret('app')) ?? {};
  const { uid } = (await scene.get(EXTERNAL_SECRETS, 'app'))?.metadata ?? {};
  const owners = metadata?.ownerReferences?.filter(({ controller }) => controller).map((owner) => owner.uid) ?? [];
  expect(owners).toEqual(isOwned ? [uid] : []);
  expect(Object.hasOwn(metadata?.labels ?? {}, OWNER_LABEL)).toBe(isOwned);
}

function forceSync(scene: Scene, value: string) {
  return scene.patch(EXTERNAL_SECRETS, 'app', { metadata: { annotations: { 'force-sync': value } } });
}

async function statusOf(scene: Scene): Promise<ExternalSecret['status']> {
  return (await scene.get<ExternalSecret>(EXTERNAL_SECRETS, 'app'))?.status;
}

async function sceneWith(side: Side): Promise<Scene> {
  const scene = await Scene.open(side);
  const backend = scene.provider.backend('b');
  backend.set('one', '1');
  backend.set('two', '2');
  await scene.store('s', { backend: 'b' });
  return scene;
}
