import { CLUSTER_SECRET_STORES, EXTERNAL_SECRETS } from '@esox/api';
import { expect, it, vi } from 'vitest';
import { NAMESPACES } from '../resource-types.ts';
import { dataSpec, Scene, type Side, uniqueName } from '../side.fixture.ts';
import { expectFailure } from './failures.fixture.ts';

const secretText = 'pa55-not-json';

/** What only a real API server refuses: the condition names the fields, never what is in them. */
export function serverRefusalScenarios(side: () => Side): void {
  it('content that does not fit the type of the Secret: named without its value, and mended by the right one', async () => {
    await using scene = await sceneWith(side());
    const entries = { '.dockerconfigjson': { key: 'pull' } };
    const target = { template: { type: 'kubernetes.io/dockerconfigjson' } };
    await scene.externalSecret('app', dataSpec('s', entries, { target }));
    await expectFailure(scene, 'app', ['cannot write the Secret', 'data[.dockerconfigjson]']);
    expect(await scene.secret('app')).toBeUndefined();
    const told = JSON.stringify([await scene.get(EXTERNAL_SECRETS, 'app'), await scene.events('app')]);
    expect(told).not.toContain(secretText);
    expect(told).not.toContain(Buffer.from(secretText).toString('base64'));
    scene.provider.backends.get('b')?.set('pull', '{"auths":{}}');
    await vi.waitFor(async () => {
      expect(await scene.data('app')).toEqual({ '.dockerconfigjson': '{"auths":{}}' });
    }, 15_000);
    expect((await scene.secret('app'))?.type).toBe('kubernetes.io/dockerconfigjson');
  });

  it.each([
    ['a key that the type asks for', { type: 'kubernetes.io/tls' }, 'data[tls.crt]'],
    ['a label', { metadata: { labels: { team: 'not a label!' } } }, 'metadata.labels'],
    ['an annotation', { metadata: { annotations: { 'not an annotation!': 'x' } } }, 'metadata.annotations'],
    ['a finalizer', { metadata: { finalizers: ['not a finalizer!'] } }, 'metadata.finalizers'],
  ])('%s of a template that Kubernetes does not take: named, and no Secret is made', async (_name, template, field) => {
    await using scene = await sceneWith(side());
    await scene.externalSecret('app', dataSpec('s', { a: { key: 'pull' } }, { target: { template } }));
    await expectFailure(scene, 'app', ['cannot write the Secret', field]);
    expect(await scene.secret('app')).toBeUndefined();
  });

  it('scenario 72: a namespace that gets the label a cluster-wide store asks for may use it', async () => {
    await using scene = await sceneWith(side());
    const name = uniqueName('by-label');
    const conditions = [{ namespaceSelector: { matchLabels: { team: 'a', stage: 'live' } } }];
    await scene.clusterStore(name, { backend: 'b' }, { conditions });
    const secretStoreRef = { kind: 'ClusterSecretStore', name };
    await scene.externalSecret('app', { ...dataSpec(name, { a: { key: 'pull' } }), secretStoreRef });
    await scene.patch(NAMESPACES, scene.namespace, { metadata: { labels: { team: 'a' } } });
    await expectFailure(scene, 'app', [`ClusterSecretStore "${name}"`, scene.namespace]);
    await scene.patch(NAMESPACES, scene.namespace, { metadata: { labels: { stage: 'live' } } });
    await vi.waitFor(async () => expect(await scene.data('app')).toEqual({ a: secretText }), 15_000);
    await scene.delete(CLUSTER_SECRET_STORES, name);
  });
}

async function sceneWith(side: Side): Promise<Scene> {
  const scene = await Scene.open(side);
  scene.provider.backend('b').set('pull', secretText);
  await scene.store('s', { backend: 'b' });
  return scene;
}
