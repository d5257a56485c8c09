import { EXTERNAL_SECRETS } from '@esox/api';
import { expect, it, vi } from 'vitest';
import { SECRETS } from '../resource-types.ts';
import { dataSpec, Scene, type Side } from '../side.fixture.ts';
import { expectFailure } from './failures.fixture.ts';
import { synced } from './sync.fixture.ts';

const entries = { user: { key: 'db', property: 'user' }, password: { key: 'db', property: 'password' } };

/** Core specification §9 F, as far as nothing has to be rendered: §3.10 step 2, §5.1 rules 4 and 5. */
export function templateScenarios(side: () => Side): void {
  it.each([
    ['only the keys of the template', {}, { password: 'fixed', host: 'db.example.com' }],
    [
      'under mergePolicy Merge the others, too',
      { mergePolicy: 'Merge' },
      { user: 'u', password: 'fixed', host: 'db.example.com' },
    ],
  ])('scenario 59: %s; the template wins', async (_name, policy, expected) => {
    const template = { ...policy, data: { password: 'fixed', host: 'db.example.com' } };
    await using scene = await sceneWith(side(), { target: { template } });
    await vi.waitFor(async () => expect(await scene.data('app')).toEqual(expected), 5000);
  });

  it('scenario 5: a key that the external system loses goes, with an empty template as well', async () => {
    await using scene = await Scene.open(side());
    const backend = scene.provider.backend('b');
    backend.set('db', { user: 'u', password: 'one' });
    await scene.store('s', { backend: 'b' });
    const dataFrom = [{ extract: { key: 'db' } }];
    const spec = { secretStoreRef: { name: 's' }, dataFrom, refreshInterval: '1s', target: { template: {} } };
    await scene.externalSecret('app', spec);
    await vi.waitFor(async () => expect(await scene.data('app')).toEqual({ user: 'u', password: 'one' }), 5000);
    backend.set('db', { password: 'one' });
    await vi.waitFor(async () => expect(await scene.data('app')).toEqual({ password: 'one' }), 8000);
  });

  it.each(['Owner', 'CreateOrMerge'])(
    'scenario 64: under %s a key that is renamed leaves nothing behind',
    async (creationPolicy) => {
      const target = { creationPolicy, template: { data: { old: 'v' } } };
      await using scene = await sceneWith(side(), { target });
      await vi.waitFor(async () => expect(await scene.data('app')).toEqual({ old: 'v' }), 5000);
      const data = { old: null, renamed: 'v' };
      await scene.patch(EXTERNAL_SECRETS, 'app', { spec: { target: { template: { data } } } });
      await vi.waitFor(async () => expect(await scene.data('app')).toEqual({ renamed: 'v' }), 5000);
    },
  );

  it('a type that the Secret cannot take on any more: the condition says what to do, and doing it helps', async () => {
    await using scene = await synced(side(), { refreshInterval: '1h' });
    const template = { type: 'example.com/login' };
    await scene.patch(EXTERNAL_SECRETS, 'app', { spec: { target: { template } } });
    await expectFailure(scene, 'app', ['"Opaque"', '"example.com/login"', 'delete it']);
    await scene.delete(SECRETS, 'app');
    await vi.waitFor(async () => expect((await scene.secret('app'))?.type).toBe('example.com/login'), 5000);
  });

  it('an unchanged refresh with keys of a template writes nothing', async () => {
    await using scene = await sceneWith(side(), { refreshInterval: '1s', target: { template: { data: { a: 'v' } } } });
    await vi.waitFor(async () => expect(await scene.data('app')).toEqual({ a: 'v' }), 5000);
    const reads = scene.provider.backends.get('b')?.refsRead ?? 0;
    await vi.waitFor(() => expect(scene.provider.backends.get('b')?.refsRead).toBeGreaterThan(reads + 1), 8000);
    expect(scene.writesTo('secrets', 'app').map(({ verb }) => verb)).toEqual(['create']);
  });

  it.each([
    ['62: a ConfigMap', { templateFrom: [{ configMap: { name: 'texts', items: [{ key: 'a' }] } }] }],
    ['62: a Secret', { templateFrom: [{ secret: { name: 'texts', items: [{ key: 'a' }] } }] }],
    ['63: a literal', { templateFrom: [{ target: 'Labels', literal: 'a: b' }] }],
    ['65: a variable', { data: { a: '{{ .absent }}' } }],
    ['65: an action that does not end', { data: { a: '{{ if' } }],
    ['66: a literal to decode', { templateFrom: [{ literal: 'a: Yg==', valuesDecodingStrategy: 'Base64' }] }],
    ['63: an annotation with an action', { metadata: { annotations: { a: '{{ .password }}' } } }],
  ])('scenario %s: not rendered yet, so it is refused and the Secret is not touched', async (_name, template) => {
    await expectUntouched(side(), template, ['spec.target.template', 'does not render templates yet']);
  });

  it.each([
    ['type', 'scenario 67'],
    ['immutable', 'scenario 67'],
    ['metadata.annotations', 'scenario 67'],
    ['Metadata.Annotations', 'scenario 67'],
    ['metadata.ownerReferences', 'scenario 67'],
  ])('a templateFrom that targets %s is refused, and the Secret is not touched (%s)', async (target) => {
    const templateFrom = [{ target, literal: 'a: b' }];
    await expectUntouched(side(), { templateFrom }, ['templateFrom', 'Data, Labels or Annotations']);
  });

  it.each([
    ['a token to join the cluster with', { type: 'bootstrap.kubernetes.io/token' }, 'bootstrap.kubernetes.io/token'],
    [
      'a token of a ServiceAccount that an annotation names',
      {
        type: 'kubernetes.io/service-account-token',
        metadata: { annotations: { 'kubernetes.io/service-account.name': 'admin' } },
      },
      'service-account',
    ],
    [
      'a token of a ServiceAccount that a template might name',
      { type: 'kubernetes.io/service-account-token', templateFrom: [{ target: 'ANNOTATIONS', literal: 'a: b' }] },
      'service-account',
    ],
  ])('scenario 68: %s is refused, and the Secret is not touched', async (_name, template, text) => {
    await expectUntouched(side(), template, [text]);
  });
}

async function sceneWith(side: Side, spec: object): Promise<Scene> {
  const scene = await Scene.open(side);
  scene.provider.backend('b').set('db', { user: 'u', password: 'one' });
  await scene.store('s', { backend: 'b' });
  await scene.externalSecret('app', dataSpec('s', entries, spec));
  return scene;
}

/** A synced object gets this template: refused by admission where there is one, else by the controller. */
async function expectUntouched(side: Side, template: object, texts: readonly string[]): Promise<void> {
  await using scene = await synced(side, { refreshInterval: '1h' });
  try {
    await scene.patch(EXTERNAL_SECRETS, 'app', { spec: { target: { template } } });
    await expectFailure(scene, 'app', texts);
  } catch (error) {
    expect(error).toMatchObject({ code: 'invalid' });
    for (const text of texts) expect((error as Error).message).toContain(text);
  }
  expect(await scene.data('app')).toEqual({ password: 'one' });
  expect(scene.writesTo('secrets', 'app').map(({ verb }) => verb)).toEqual(['create']);
}
