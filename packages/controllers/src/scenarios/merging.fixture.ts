import { DATA_HASH_ANNOTATION, EXTERNAL_SECRETS, MANAGED_LABEL } from '@esox/api';
import { expect, it, vi } from 'vitest';
import { SECRETS } from '../resource-types.ts';
import { dataSpec, Scene, type Side } from '../side.fixture.ts';
import { fieldsOwnedBy } from '../external-secret/managed-fields.ts';
import { hashOf } from '../external-secret/secret-object.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

/** Core specification §9 C: Secrets that others write, too. */
export function mergingScenarios(side: () => Side): void {
  it('scenario 23: Merge adds a manager that owns exactly what was added', async () => {
    await using scene = await merged(
      side(),
      { foreign: 'kept' },
      { labels: { team: 'a' }, annotations: { note: 'n' } },
    );
    const fields = (await scene.secret('app'))?.metadata.managedFields;
    const owned = fieldsOwnedBy('externalsecrets.external-secrets.io/app', fields);
    expect([...owned.data]).toEqual(['password']);
    expect([...owned.labels].toSorted()).toEqual([MANAGED_LABEL, 'team'].toSorted());
    expect([...owned.annotations].toSorted()).toEqual([DATA_HASH_ANNOTATION, 'note'].toSorted());
  });

  it('scenario 25: Merge over a key of somebody else: the value and its ownership change hands', async () => {
    await using scene = await merged(side(), { password: 'theirs' });
    expect(await scene.data('app')).toEqual({ password: 'one' });
    const fields = (await scene.secret('app'))?.metadata.managedFields;
    expect([...fieldsOwnedBy('externalsecrets.external-secrets.io/app', fields).data]).toEqual(['password']);
  });

  it('scenario 26: the hash covers the keys of others as well', async () => {
    await using scene = await merged(side(), { foreign: 'kept' });
    const expected = hashOf({ foreign: base64('kept'), password: base64('one') });
    expect((await scene.secret('app'))?.metadata.annotations?.[DATA_HASH_ANNOTATION]).toBe(expected);
  });

  it('scenario 27: nothing changed, nothing written', async () => {
    await using scene = await merged(side(), { foreign: 'kept' }, {}, { refreshInterval: '1s' });
    const before = (await scene.secret('app'))?.metadata.resourceVersion;
    const reads = scene.provider.backends.get('b')?.refsRead ?? 0;
    await vi.waitFor(() => expect(scene.provider.backends.get('b')?.refsRead).toBeGreaterThan(reads + 1), 8000);
    expect((await scene.secret('app'))?.metadata.resourceVersion).toBe(before);
  });

  it('scenario 28: what somebody else writes into the key is put right at once, even if the label goes with it', async () => {
    await using scene = await merged(side(), { foreign: 'kept' }, {}, { refreshInterval: '1h' });
    for (const labels of [{}, { [MANAGED_LABEL]: null }]) {
      await scene.patch(SECRETS, 'app', { data: { password: base64('edited') }, metadata: { labels } });
      await vi.waitFor(async () => expect(await scene.data('app')).toEqual({ password: 'one', foreign: 'kept' }), 5000);
    }
    expect((await scene.secret('app'))?.metadata.labels).toMatchObject({ [MANAGED_LABEL]: 'true' });
  });

  it.each(['app', 'a-name-that-makes-a-long-field-manager'])(
    'scenario 31: labels and annotations that %s no longer has leave the Secret; those of others stay',
    async (name) => {
      await using scene = await Scene.open(side());
      scene.provider.backend('b').set('db', 'one');
      await scene.store('s', { backend: 'b' });
      const metadata = { labels: { old: 'yes', stays: 'yes' }, annotations: { note: 'old' } };
      await scene.externalSecret(name, dataSpec('s', { password: { key: 'db' } }), metadata);
      await vi.waitFor(async () => expect(await scene.data(name)).toEqual({ password: 'one' }), 5000);
      await scene.patch(SECRETS, name, { metadata: { labels: { foreign: 'yes' } } });
      const changed = { labels: { old: null, stays: 'yes' }, annotations: { note: null } };
      await scene.patch(EXTERNAL_SECRETS, name, { metadata: changed });
      await vi.waitFor(async () => {
        const secret = await scene.secret(name);
        expect(secret?.metadata.labels).not.toHaveProperty('old');
        expect(secret?.metadata.labels).toMatchObject({ stays: 'yes', foreign: 'yes' });
        expect(secret?.metadata.annotations).not.toHaveProperty('note');
      }, 5000);
    },
  );
}

/** The ExternalSecret `app` merges `password` into a Secret that was there with this data. */
async function merged(
  side: Side,
  data: Record<string, string>,
  metadata: object = {},
  more: object = {},
): Promise<Scene> {
  const scene = await Scene.open(side);
  scene.provider.backend('b').set('db', 'one');
  await scene.store('s', { backend: 'b' });
  const encoded = Object.fromEntries(Object.entries(data).map(([key, value]) => [key, base64(value)]));
  await scene.create(SECRETS, 'app', { data: encoded });
  const spec = dataSpec('s', { password: { key: 'db' } }, { target: { creationPolicy: 'Merge' }, ...more });
  await scene.externalSecret('app', spec, metadata);
  await vi.waitFor(async () => expect(await scene.ready(EXTERNAL_SECRETS, 'app')).toBe('True SecretSynced'), 5000);
  return scene;
}
