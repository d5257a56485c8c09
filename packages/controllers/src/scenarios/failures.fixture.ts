import { EXTERNAL_SECRETS, type ExternalSecret, SECRET_STORES } from '@esox/api';
import { ProviderError } from '@esox/core';
import { expect, it, vi } from 'vitest';
import { SECRETS } from '../resource-types.ts';
import { dataSpec, outage, Scene, type Side } from '../side.fixture.ts';
import { synced } from './sync.fixture.ts';

/** Bad input and bad backends: a condition and an event name the cause, and the Secret stays as it is. */
export function failureScenarios(side: () => Side): void {
  it('an unknown provider: the store and its objects say which package is missing', async () => {
    await using scene = await Scene.open(side());
    await scene.create(SECRET_STORES, 's', { spec: { provider: { nowhere: {} } } });
    await scene.externalSecret('app', dataSpec('s', { password: { key: 'db' } }));
    await vi.waitFor(
      async () => expect(await scene.ready(SECRET_STORES, 's')).toBe('False InvalidProviderConfig'),
      5000,
    );
    expect(await scene.message(SECRET_STORES, 's')).toContain('@esox/provider-nowhere');
    await expectFailure(scene, 'app', ['spec.data[0]', 'key "db"', 'SecretStore "s"', '@esox/provider-nowhere']);
  });

  it('scenario 15: a store that does not exist, and the sync as soon as it does', async () => {
    await using scene = await Scene.open(side());
    scene.provider.backend('b').set('db', 'one');
    await scene.externalSecret('app', dataSpec('s', { password: { key: 'db' } }));
    await expectFailure(scene, 'app', ['spec.data[0]', 'SecretStore "s"', 'does not exist', scene.namespace]);
    await scene.store('s', { backend: 'b' });
    await vi.waitFor(async () => expect(await scene.data('app')).toEqual({ password: 'one' }), 5000);
  });

  it('a missing credential: the store says which Secret and key, and works as soon as it is there', async () => {
    await using scene = await Scene.open(side());
    scene.provider.backend('b').set('db', 'one');
    await scene.store('s', { backend: 'b', passwordRef: { name: 'login', key: 'password' } });
    await scene.externalSecret('app', dataSpec('s', { password: { key: 'db' } }));
    await expectFailure(scene, 'app', ['SecretStore "s"', '"login"', 'does not exist']);
    await scene.create(SECRETS, 'login', { data: { password: Buffer.from('pw').toString('base64') } });
    await vi.waitFor(async () => expect(await scene.data('app')).toEqual({ password: 'one' }), 5000);
  });

  it('a missing key of a credential is named', async () => {
    await using scene = await Scene.open(side());
    scene.provider.backend('b');
    await scene.create(SECRETS, 'login', { data: { other: 'eA==' } });
    await scene.store('s', { backend: 'b', passwordRef: { name: 'login', key: 'password' } });
    await vi.waitFor(
      async () => expect(await scene.message(SECRET_STORES, 's')).toContain('has no key "password"'),
      5000,
    );
  });

  it('a denied login leaves the Secret as it is, and 50 objects do not log in 50 times', async () => {
    await using scene = await synced(side(), { refreshInterval: '1h' });
    const backend = scene.provider.backend('guarded');
    backend.password = 'right';
    await scene.create(SECRETS, 'login', { data: { password: Buffer.from('wrong').toString('base64') } });
    await scene.store('guarded', { backend: 'guarded', passwordRef: { name: 'login', key: 'password' } });
    await scene.patch(EXTERNAL_SECRETS, 'app', { spec: { secretStoreRef: { name: 'guarded' } } });
    for (let index = 0; index < 50; index++) {
      await scene.externalSecret(`more-${index}`, dataSpec('guarded', { password: { key: 'db' } }));
    }
    await expectFailure(scene, 'app', ['SecretStore "guarded"', 'the login was refused']);
    await expectFailure(scene, 'more-49', ['SecretStore "guarded"', 'the login was refused']);
    expect(await scene.data('app')).toEqual({ password: 'one' });
    expect(backend.logins.length).toBeLessThan(10);
    expect(JSON.stringify(await scene.events('app'))).not.toContain('wrong');
  });

  it('an outage leaves the Secret as it is, under every deletionPolicy', async () => {
    for (const deletionPolicy of ['Retain', 'Delete', 'Merge']) {
      await using scene = await synced(side(), { refreshInterval: '1h', target: { deletionPolicy } });
      const backend = scene.provider.backends.get('b');
      if (backend) backend.failure = outage;
      await scene.patch(EXTERNAL_SECRETS, 'app', { metadata: { annotations: { 'force-sync': '1' } } });
      await expectFailure(scene, 'app', ['spec.data[0]', 'key "db"', 'SecretStore "s"', 'answered 503']);
      expect(await scene.data('app')).toEqual({ password: 'one' });
    }
  });

  it('scenario 37: under Retain a key that is gone fails, and the Secret stays', async () => {
    await using scene = await synced(side(), { refreshInterval: '1h' });
    scene.provider.backends.get('b')?.delete('db');
    await scene.patch(EXTERNAL_SECRETS, 'app', { metadata: { annotations: { 'force-sync': '1' } } });
    await expectFailure(scene, 'app', ['spec.data[0]', 'key "db"', 'does not exist']);
    expect(await scene.data('app')).toEqual({ password: 'one' });
  });

  it('a missing property is named, and its neighbours do not hide it', async () => {
    await using scene = await synced(side(), { refreshInterval: '1h' });
    const data = [
      { secretKey: 'password', remoteRef: { key: 'db', property: 'password' } },
      { secretKey: 'user', remoteRef: { key: 'db', property: 'user' } },
    ];
    await scene.patch(EXTERNAL_SECRETS, 'app', { spec: { data } });
    await expectFailure(scene, 'app', ['spec.data[1]', 'key "db"', 'property "user"']);
    expect(await scene.data('app')).toEqual({ password: 'one' });
  });

  it('more than a Secret can hold: the condition tells the sizes, the Secret stays, and less helps', async () => {
    await using scene = await synced(side(), { refreshInterval: '1s' });
    const backend = scene.provider.backends.get('b');
    backend?.set('db', { password: 'x'.repeat(1024 * 1024 + 1) });
    await expectFailure(scene, 'app', ['1048577 bytes', '1048576']);
    expect(await scene.data('app')).toEqual({ password: 'one' });
    expect(scene.writesTo('secrets', 'app').map(({ verb }) => verb)).toEqual(['create']);
    const most = 'x'.repeat(1024 * 1024);
    backend?.set('db', { password: most });
    await vi.waitFor(async () => expect((await scene.data('app'))?.['password']).toHaveLength(most.length), 15_000);
  });

  it('a template is refused with a clear condition, and nothing is written', async () => {
    await using scene = await synced(side(), { refreshInterval: '1h' });
    await scene.patch(EXTERNAL_SECRETS, 'app', { spec: { target: { template: { data: { a: '{{ .password }}' } } } } });
    await expectFailure(scene, 'app', ['spec.target.template', 'does not render templates']);
    expect(await scene.data('app')).toEqual({ password: 'one' });
  });

  it('failures leave refreshTime and syncedResourceVersion as they were', async () => {
    await using scene = await synced(side(), { refreshInterval: '1h' });
    const before = (await scene.get<ExternalSecret>(EXTERNAL_SECRETS, 'app'))?.status;
    const backend = scene.provider.backends.get('b');
    if (backend) backend.failure = new ProviderError('denied', 'not allowed');
    await scene.patch(EXTERNAL_SECRETS, 'app', { metadata: { annotations: { 'force-sync': '1' } } });
    await expectFailure(scene, 'app', ['not allowed']);
    const after = (await scene.get<ExternalSecret>(EXTERNAL_SECRETS, 'app'))?.status;
    expect(after?.refreshTime).toBe(before?.refreshTime);
    expect(after?.syncedResourceVersion).toBe(before?.syncedResourceVersion);
  });

  it('a store that hangs slows no other', async () => {
    await using scene = await Scene.open(side());
    const hanging = scene.provider.backend('hanging');
    hanging.hangs = true;
    scene.provider.backend('b').set('db', 'one');
    await scene.store('hanging', { backend: 'hanging' });
    await scene.store('s', { backend: 'b' });
    for (let index = 0; index < 500; index++) {
      await scene.externalSecret(`stuck-${index}`, dataSpec('hanging', { password: { key: `db-${index}` } }));
    }
    await vi.waitFor(() => expect(hanging.refsRead).toBeGreaterThanOrEqual(20), 5000);
    await scene.externalSecret('app', dataSpec('s', { password: { key: 'db' } }));
    await vi.waitFor(async () => expect(await scene.data('app')).toEqual({ password: 'one' }), 2500);
  });
}

/** The condition and a Warning event both carry all of these texts. */
export async function expectFailure(scene: Scene, name: string, texts: readonly string[]): Promise<void> {
  await vi.waitFor(async () => {
    const message = await scene.message(EXTERNAL_SECRETS, name);
    for (const text of texts) expect(message).toContain(text);
    expect(await scene.ready(EXTERNAL_SECRETS, name)).toBe('False SecretSyncedError');
    const warnings = (await scene.events(name)).filter(
      ({ type, reason }) => type === 'Warning' && reason === 'UpdateFailed',
    );
    for (const text of texts) expect(warnings.map((event) => event.message).join('\n')).toContain(text);
  }, 8000);
}

/** By admission where there is one, else by the controller. */
export async function expectRefused(scene: Scene, name: string, spec: object, text: string): Promise<void> {
  try {
    await scene.externalSecret(name, spec);
  } catch (error) {
    expect(error).toMatchObject({ code: 'invalid', message: expect.stringContaining(text) });
    return;
  }
  await expectFailure(scene, name, [text]);
}
