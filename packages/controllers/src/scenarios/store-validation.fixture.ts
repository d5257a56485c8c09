import {
  CLUSTER_SECRET_STORES,
  IGNORE_MAINTENANCE_ANNOTATION,
  SECRET_STORES,
  type SecretStore,
  STORE_FINALIZER,
} from '@esox/api';
import { expect, it, vi } from 'vitest';
import { dataSpec, Scene, type Side, uniqueName } from '../side.fixture.ts';
import { storeId } from '../stores/store.ts';

/** Core specification §4.4 and §9 L: what stores are told, and when they are looked at again. */
export function storeValidationScenarios(side: () => Side): void {
  it('scenario 113: a provider that cannot tell: usable, with a warning, and no word on what it can do', async () => {
    await using scene = await Scene.open(side());
    const backend = scene.provider.backend('b');
    backend.state = 'unknown';
    backend.set('db', 'one');
    await scene.store('s', { backend: 'b' });
    await scene.externalSecret('app', dataSpec('s', { password: { key: 'db' } }));
    await vi.waitFor(async () => expect(await scene.data('app')).toEqual({ password: 'one' }), 5000);
    await vi.waitFor(async () => expect(await scene.ready(SECRET_STORES, 's')).toBe('True ValidationUnknown'), 5000);
    expect((await scene.get<SecretStore>(SECRET_STORES, 's'))?.status?.capabilities).toBeUndefined();
    await vi.waitFor(async () => expect(await eventsOf(scene, 's')).toEqual(['Warning ValidationUnknown']), 5000);
  });

  it('scenario 113: a store that turns bad keeps its capabilities and says why; one condition, before and after', async () => {
    await using scene = await Scene.open(side());
    scene.provider.backend('b');
    await scene.store('s', { backend: 'b' });
    await vi.waitFor(async () => expect(await scene.ready(SECRET_STORES, 's')).toBe('True Valid'), 5000);
    await scene.patch(SECRET_STORES, 's', { spec: { provider: { scripted: { backend: 'nowhere' } } } });
    await vi.waitFor(
      async () => expect(await scene.ready(SECRET_STORES, 's')).toBe('False InvalidProviderConfig'),
      5000,
    );
    const status = (await scene.get<SecretStore>(SECRET_STORES, 's'))?.status;
    expect(status?.conditions).toHaveLength(1);
    expect(status?.capabilities).toBe('ReadOnly');
  });

  it.each([
    ['not-maintained', {}, ['Normal Valid', 'Warning StoreUnmaintained']],
    ['deprecated', {}, ['Normal Valid', 'Warning StoreDeprecated']],
    ['maintained', {}, ['Normal Valid']],
    ['deprecated', { [IGNORE_MAINTENANCE_ANNOTATION]: '' }, ['Normal Valid']],
  ] as const)('a provider that is %s, with the annotations %j', async (maintenance, annotations, events) => {
    await using scene = await Scene.open(side());
    scene.provider.maintenance = maintenance;
    scene.provider.backend('b');
    await scene.create(SECRET_STORES, 's', {
      metadata: { annotations },
      spec: { provider: { scripted: { backend: 'b' } } },
    });
    await vi.waitFor(async () => expect(await eventsOf(scene, 's')).toEqual(events), 5000);
    expect(await scene.ready(SECRET_STORES, 's')).toBe('True Valid');
  });

  it.each([
    [300, 300_000],
    ['90s', 90_000],
    [0, 60_000],
    [undefined, 60_000],
  ])('scenario 116: refreshInterval %s: looked at again after %i ms', async (refreshInterval, ms) => {
    await using scene = await Scene.open(side(), { storeRequeueIntervalMs: 60_000 });
    scene.provider.backend('b');
    await scene.store('s', { backend: 'b' }, refreshInterval === undefined ? {} : { refreshInterval });
    const id = storeId({ kind: 'SecretStore', namespace: scene.namespace, name: 's' });
    await vi.waitFor(() => {
      const { checkedAt = 0, nextAt = 0 } = scene.controllers.stores.checks.timesOf(id) ?? {};
      expect(nextAt - checkedAt).toBe(ms);
    }, 5000);
  });

  it.each(['30', -1, '-1m', 'x'])('scenario 116: refreshInterval %s is refused', async (refreshInterval) => {
    await using scene = await Scene.open(side());
    await expectRefused(scene, { provider: { scripted: {} }, refreshInterval }, ['refreshInterval']);
  });

  it.each([[{}], [{ scripted: {}, nowhere: {} }]])('scenario 117: the providers %j are refused', async (provider) => {
    await using scene = await Scene.open(side());
    await expectRefused(scene, { provider }, ['provider']);
  });

  it('scenario 117: expressions that RE2 does not take are refused, all of them named', async () => {
    await using scene = await Scene.open(side());
    const conditions = [{ namespaceRegexes: ['(', 'fine'] }, { namespaceRegexes: ['[z-a]'] }];
    await expectRefused(scene, { provider: { scripted: {} }, conditions }, [
      'conditions[0].namespaceRegexes[0]',
      'conditions[1].namespaceRegexes[0]',
    ]);
  });

  it.each([SECRET_STORES, CLUSTER_SECRET_STORES])(
    'scenario 115: a $kind with a finalizer that ESO has left can be deleted; other finalizers hold it',
    async (type) => {
      await using scene = await Scene.open(side());
      scene.provider.backend('b');
      const name = uniqueName('store');
      const metadata = { finalizers: [STORE_FINALIZER, 'example.com/hold'] };
      await scene.create(type, name, { metadata, spec: { provider: { scripted: { backend: 'b' } } } });
      await vi.waitFor(async () => expect(await scene.ready(type, name)).toBe('True Valid'), 5000);
      await scene.delete(type, name);
      await vi.waitFor(async () => {
        expect((await scene.get(type, name))?.metadata.finalizers).toEqual(['example.com/hold']);
      }, 5000);
      await scene.patch(type, name, { metadata: { finalizers: null } });
      await vi.waitFor(async () => expect(await scene.get(type, name)).toBeUndefined(), 5000);
    },
  );
}

async function eventsOf(scene: Scene, name: string): Promise<string[]> {
  return (await scene.events(name)).map(({ type, reason }) => `${type} ${reason}`).toSorted();
}

/** By admission where there is one, else by the controller: a condition on the store. */
async function expectRefused(scene: Scene, spec: object, texts: readonly string[]): Promise<void> {
  let message = '';
  try {
    await scene.create(SECRET_STORES, 's', { spec });
    await vi.waitFor(
      async () => expect(await scene.ready(SECRET_STORES, 's')).toBe('False InvalidProviderConfig'),
      5000,
    );
    message = await scene.message(SECRET_STORES, 's');
  } catch (error) {
    expect(error).toMatchObject({ code: 'invalid' });
    message = (error as Error).message;
  }
  for (const text of texts) expect(message).toContain(text);
}
