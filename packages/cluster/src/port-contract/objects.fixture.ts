import { expect, it } from 'vitest';
import type { KubernetesObject } from '../port.ts';
import {
  configMap,
  configMaps,
  type Context,
  type Data,
  encode,
  keyIn,
  manager,
  secret,
  secrets,
  signal,
} from './context.fixture.ts';

export function objects(context: () => Context): void {
  it('keeps what is created and stamps it', async () => {
    const at = context();
    const created = await at.cluster.create(configMaps, configMap(at), manager('test'));
    expect(created.metadata).toMatchObject({ name: at.name, namespace: at.namespace });
    expect(created.metadata.uid).toMatch(/^[0-9a-f-]{36}$/);
    expect(created.metadata.resourceVersion).toMatch(/^\d+$/);
    expect(created.metadata.creationTimestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    const read = await at.cluster.get<Data>(configMaps, keyIn(at), { signal });
    expect(read).toMatchObject({ data: { a: '1' }, metadata: { uid: created.metadata.uid } });
  });

  it('says undefined for what does not exist, and not-found for a write to it', async () => {
    const at = context();
    expect(await at.cluster.get(configMaps, keyIn(at), { signal })).toBeUndefined();
    const object = { ...configMap(at), metadata: { ...keyIn(at), resourceVersion: '1' } };
    const update = at.cluster.update(configMaps, object, manager('test'));
    await expect(update).rejects.toMatchObject({ code: 'not-found' });
    const patch = at.cluster.patch(configMaps, keyIn(at), { type: 'merge', body: { data: {} } }, manager('test'));
    await expect(patch).rejects.toMatchObject({ code: 'not-found' });
  });

  it('refuses a second object of a name', async () => {
    const at = context();
    await at.cluster.create(configMaps, configMap(at), manager('test'));
    const again = at.cluster.create(configMaps, configMap(at), manager('test'));
    await expect(again).rejects.toMatchObject({ code: 'already-exists' });
  });

  it('refuses what is invalid', async () => {
    const at = context();
    const badName = { ...configMap(at), metadata: { namespace: at.namespace, name: 'Not_A_Name' } };
    await expect(at.cluster.create(configMaps, badName, manager('test'))).rejects.toMatchObject({ code: 'invalid' });
    const badKey = { ...secret(at, {}), data: { 'a/b': encode('x') } };
    await expect(at.cluster.create(secrets, badKey, manager('test'))).rejects.toMatchObject({ code: 'invalid' });
  });

  it('gives a Secret its type, and turns stringData into data', async () => {
    const at = context();
    const created = await at.cluster.create<KubernetesObject>(
      secrets,
      { ...secret(at, { a: '1' }), stringData: { b: '2' } } as KubernetesObject,
      manager('test'),
    );
    expect(created).toMatchObject({ type: 'Opaque', data: { a: encode('1'), b: encode('2') } });
    expect(created).not.toHaveProperty('stringData');
  });

  it('keeps the data of an immutable Secret', async () => {
    const at = context();
    const created = await at.cluster.create<KubernetesObject>(
      secrets,
      { ...secret(at, { a: '1' }), immutable: true } as KubernetesObject,
      manager('test'),
    );
    const write = at.cluster.update(secrets, { ...created, data: { a: encode('2') } }, manager('test'));
    await expect(write).rejects.toMatchObject({ code: 'invalid' });
    const labelled = { ...created, metadata: { ...created.metadata, labels: { a: 'b' } } };
    expect((await at.cluster.update(secrets, labelled, manager('test'))).metadata.labels).toEqual({ a: 'b' });
  });

  it('lists by namespace and label', async () => {
    const at = context();
    const listed: (string | undefined)[] = [];
    for (const [suffix, team] of [
      ['a', 'x'],
      ['b', 'y'],
      ['c', 'x'],
    ] as const) {
      const metadata = { namespace: at.namespace, name: `${at.name}-${suffix}`, labels: { team, listed: at.name } };
      await at.cluster.create(configMaps, { ...configMap(at), metadata }, manager('test'));
    }
    const options = { signal, namespace: at.namespace, labelSelector: `listed=${at.name},team in (x),!other` };
    for await (const page of at.cluster.list(configMaps, options))
      listed.push(...page.map((item) => item.metadata.name));
    expect(listed.toSorted()).toEqual([`${at.name}-a`, `${at.name}-c`]);
  });

  it('lists metadata without content', async () => {
    const at = context();
    await at.cluster.create(secrets, secret(at, { a: '1' }), manager('test'));
    const options = { signal, namespace: at.namespace, view: 'metadata' } as const;
    const found: KubernetesObject[] = [];
    for await (const page of at.cluster.list(secrets, options)) found.push(...page);
    const mine = found.find((item) => item.metadata.name === at.name);
    expect(mine?.metadata.uid).toBeDefined();
    expect(mine).not.toHaveProperty('data');
  });
}
