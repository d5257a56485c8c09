import {
  CLUSTER_SECRET_STORES,
  EXTERNAL_SECRETS,
  type ExternalSecret,
  SECRET_STORES,
  type SecretStore,
} from '@esox/api';
import { expect, it, vi } from 'vitest';
import { SECRETS } from '../resource-types.ts';
import { dataSpec, outage, Scene, type Side, uniqueName } from '../side.fixture.ts';
import { expectFailure } from './failures.fixture.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

/** Core specification §4.4 and §9 G and L: stores, their conditions, their credentials, and who may use them. */
export function storeScenarios(side: () => Side): void {
  it('scenario 45: with cluster-wide stores switched off, an ExternalSecret of one is nobody’s: no condition', async () => {
    await using scene = await Scene.open(side(), { kinds: ['SecretStore'], reportedKinds: ['SecretStore'] });
    scene.provider.backend('b').set('db', 'one');
    await scene.store('s', { backend: 'b' });
    const clusterWide = dataSpec('c', { password: { key: 'db' } });
    await scene.externalSecret('app', { ...clusterWide, secretStoreRef: { name: 'c', kind: 'ClusterSecretStore' } });
    await scene.externalSecret('later', dataSpec('s', { password: { key: 'db' } }));
    await vi.waitFor(async () => expect(await scene.data('later')).toEqual({ password: 'one' }), 5000);
    expect((await scene.get<ExternalSecret>(EXTERNAL_SECRETS, 'app'))?.status?.conditions).toBeUndefined();
    expect(await scene.events('app')).toEqual([]);
  });

  it('scenario 113: a valid store says Valid and what it can do; an invalid one says why', async () => {
    await using scene = await Scene.open(side());
    scene.provider.backend('b');
    await scene.store('good', { backend: 'b' });
    await scene.store('bad', { backend: 'nowhere' });
    await vi.waitFor(async () => {
      expect(await scene.ready(SECRET_STORES, 'good')).toBe('True Valid');
      expect(await scene.ready(SECRET_STORES, 'bad')).toBe('False InvalidProviderConfig');
    }, 5000);
    expect((await scene.get<SecretStore>(SECRET_STORES, 'good'))?.status?.capabilities).toBe('ReadOnly');
    expect(await scene.message(SECRET_STORES, 'bad')).toContain('"nowhere"');
    await vi.waitFor(async () => {
      expect((await scene.events('bad')).map(({ type, reason }) => `${type} ${reason}`)).toEqual([
        'Warning InvalidProviderConfig',
      ]);
    }, 5000);
  });

  it('scenarios 44 and 114: a store of another class, and what uses it, get no condition', async () => {
    await using scene = await Scene.open(side());
    scene.provider.backend('b').set('db', 'one');
    await scene.store('foreign', { backend: 'b' }, { controller: 'other' });
    await scene.store('own', { backend: 'b' }, { controller: 'default' });
    await scene.externalSecret('left', dataSpec('foreign', { password: { key: 'db' } }));
    await scene.externalSecret('right', dataSpec('own', { password: { key: 'db' } }));
    await vi.waitFor(async () => expect(await scene.ready(EXTERNAL_SECRETS, 'right')).toBe('True SecretSynced'), 5000);
    expect(await scene.ready(EXTERNAL_SECRETS, 'left')).toBeUndefined();
    expect(await scene.ready(SECRET_STORES, 'foreign')).toBeUndefined();
  });

  it('a changed credential makes a new client, and only then', async () => {
    await using scene = await Scene.open(side());
    const backend = scene.provider.backend('b');
    backend.set('db', 'one');
    await scene.create(SECRETS, 'login', { data: { password: base64('first') } });
    await scene.store('s', { backend: 'b', passwordRef: { name: 'login', key: 'password' } });
    await scene.externalSecret('app', dataSpec('s', { password: { key: 'db' } }, { refreshInterval: '1h' }));
    await vi.waitFor(async () => expect(await scene.data('app')).toEqual({ password: 'one' }), 5000);
    expect(backend.logins).toEqual(['first']);
    await scene.patch(SECRETS, 'login', { data: { password: base64('second') } });
    await vi.waitFor(() => expect(backend.logins).toEqual(['first', 'second']), 5000);
  });

  it('a store that is changed is read anew by its objects', async () => {
    await using scene = await Scene.open(side());
    scene.provider.backend('b').set('db', 'one');
    scene.provider.backend('c').set('db', 'two');
    await scene.store('s', { backend: 'b' });
    await scene.externalSecret('app', dataSpec('s', { password: { key: 'db' } }, { refreshInterval: '1h' }));
    await vi.waitFor(async () => expect(await scene.data('app')).toEqual({ password: 'one' }), 5000);
    await scene.patch(SECRET_STORES, 's', { spec: { provider: { scripted: { backend: 'c' } } } });
    await vi.waitFor(async () => expect(await scene.data('app')).toEqual({ password: 'two' }), 5000);
  });

  it('a store that is not ready lets nothing through, and its objects come back with it', async () => {
    await using scene = await Scene.open(side());
    const backend = scene.provider.backend('b');
    backend.set('db', 'one');
    backend.failure = outage;
    await scene.store('s', { backend: 'b' });
    await scene.externalSecret('app', dataSpec('s', { password: { key: 'db' } }));
    await expectFailure(scene, 'app', ['SecretStore "s"', 'not ready', 'answered 503']);
    expect(backend.reads).toEqual([]);
    backend.failure = undefined;
    await vi.waitFor(async () => expect(await scene.data('app')).toEqual({ password: 'one' }), 10_000);
  });

  it.each([
    ['scenario 69: no conditions', undefined, true],
    ['scenario 70: another namespace', [{ namespaces: ['other'] }], false],
    ['scenario 72: one label of two', [{ namespaceSelector: { matchLabels: { team: 'a', no: 'such' } } }], false],
    ['scenario 72: an empty selector', [{ namespaceSelector: {} }], true],
    ['scenario 73: a regex among several', [{ namespaceRegexes: ['nope', '^scene-.*'] }], true],
    ['scenario 71: one of several conditions', [{ namespaces: ['other'] }, { namespaceRegexes: ['^scene'] }], true],
  ])('%s', async (_name, conditions, allowed) => {
    await using scene = await Scene.open(side());
    scene.provider.backend('b').set('db', 'one');
    const name = uniqueName('store');
    await scene.clusterStore(name, { backend: 'b' }, conditions ? { conditions } : {});
    const secretStoreRef = { kind: 'ClusterSecretStore', name };
    await scene.externalSecret('app', { ...dataSpec(name, { password: { key: 'db' } }), secretStoreRef });
    if (allowed) await vi.waitFor(async () => expect(await scene.data('app')).toEqual({ password: 'one' }), 5000);
    else await expectFailure(scene, 'app', [`ClusterSecretStore "${name}"`, scene.namespace]);
    await scene.delete(CLUSTER_SECRET_STORES, name);
  });

  it('a cluster-wide store looks references up where it is used, and shares nothing between namespaces', async () => {
    const provider = { backend: 'b', passwordRef: { name: 'login', key: 'password' } };
    const name = uniqueName('referent');
    const logins: string[][] = [];
    for (const password of ['mine', 'yours']) {
      await using scene = await Scene.open(side());
      const backend = scene.provider.backend('b');
      backend.set('db', 'one');
      await scene.create(SECRETS, 'login', { data: { password: base64(password) } });
      if (logins.length === 0) await scene.clusterStore(name, provider);
      await vi.waitFor(async () => expect(await scene.ready(CLUSTER_SECRET_STORES, name)).toBe('True Valid'), 5000);
      const secretStoreRef = { kind: 'ClusterSecretStore', name };
      await scene.externalSecret('app', { ...dataSpec(name, { password: { key: 'db' } }), secretStoreRef });
      await vi.waitFor(async () => expect(await scene.data('app')).toEqual({ password: 'one' }), 5000);
      logins.push(backend.logins);
    }
    expect(logins).toEqual([['mine'], ['yours']]);
  });
}
