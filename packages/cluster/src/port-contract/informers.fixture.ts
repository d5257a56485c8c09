import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { Change, Informer, KubernetesObject } from '../port.ts';
import { configMap, configMaps, type Context, type Data, keyIn, manager, signal } from './context.fixture.ts';

type Seen = { type: string; key: string; before?: string | undefined; after?: string | undefined };

/** Waits for what a watch delivers in its own time. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) {
    signal.throwIfAborted();
    await sleep(5);
  }
}

function watchData({ cluster, namespace }: Context, more: { labelSelector?: string; fieldSelector?: string } = {}) {
  const trim = (object: KubernetesObject) => ({ a: (object as Data).data?.['a'], name: object.metadata.name });
  return cluster.watch(configMaps, { namespace, trim, ...more });
}

function record<T extends { a: string | undefined }>(informer: Informer<T>, ignore: (key: string) => boolean): Seen[] {
  const seen: Seen[] = [];
  informer.subscribe((change: Change<T>) => {
    if (ignore(change.key)) return;
    const { type, key } = change;
    const before = change.type === 'added' ? undefined : change.before.a;
    const after = change.type === 'deleted' ? undefined : change.after.a;
    seen.push({ type, key, before, after });
  });
  return seen;
}

export function informers(context: () => Context): void {
  it('tells of what is there, and then of every change, in order', async () => {
    const at = context();
    const key = `${at.namespace}/${at.name}`;
    const created = await at.cluster.create(configMaps, configMap(at), manager('test'));
    const informer = watchData(at);
    const seen = record(informer, (other) => other !== key);
    await informer.synced;
    expect(informer.hasSynced).toBe(true);
    expect(informer.get(key)).toEqual({ a: '1', name: at.name });
    await until(() => seen.length === 1);

    await at.cluster.update(configMaps, { ...created, data: { a: '2' } }, manager('test'));
    await until(() => seen.length === 2);
    expect(informer.get(key)?.a).toBe('2');
    await at.cluster.delete(configMaps, keyIn(at), { uid: created.metadata.uid ?? '' }, { signal });
    await until(() => seen.length === 3);
    expect(informer.get(key)).toBeUndefined();
    expect(seen).toEqual([
      { type: 'added', key, before: undefined, after: '1' },
      { type: 'updated', key, before: '1', after: '2' },
      { type: 'deleted', key, before: '2', after: undefined },
    ]);
    await informer.close();
  });

  it('tells a late listener of everything that is there', async () => {
    const at = context();
    await at.cluster.create(configMaps, configMap(at), manager('test'));
    const informer = watchData(at);
    await informer.synced;
    const seen = record(informer, () => false);
    expect(seen).toEqual([]);
    await until(() => seen.length === informer.size);
    expect(new Set(seen.map(({ type }) => type))).toEqual(new Set(['added']));
    expect([...informer.values()].map(({ name }) => name)).toContain(at.name);
    await informer.close();
  });

  it('goes on when a listener throws, and says nothing to one that has left', async () => {
    const at = context();
    const informer = watchData(at, { fieldSelector: `metadata.name=${at.name}` });
    await informer.synced;
    const leave = informer.subscribe(() => {
      throw new Error('a broken listener');
    });
    const left: string[] = [];
    informer.subscribe(({ key }) => left.push(key))();
    const seen = record(informer, () => false);
    const created = await at.cluster.create(configMaps, configMap(at), manager('test'));
    await until(() => seen.length === 1);
    leave();
    await at.cluster.update(configMaps, { ...created, data: { a: '2' } }, manager('test'));
    await until(() => seen.length === 2);
    expect(left).toEqual([]);
    await informer.close();
  });

  it('treats an object that stops to match as deleted', async () => {
    const at = context();
    const metadata = { ...keyIn(at), labels: { watched: at.name } };
    const informer = watchData(at, { labelSelector: `watched=${at.name}` });
    const seen = record(informer, () => false);
    await informer.synced;
    const created = await at.cluster.create(configMaps, { ...configMap(at), metadata }, manager('test'));
    await until(() => seen.length === 1);
    const unlabelled = { ...created, metadata: { ...created.metadata, labels: {} } };
    await at.cluster.update(configMaps, unlabelled, manager('test'));
    await until(() => seen.length === 2);
    expect(seen.map(({ type }) => type)).toEqual(['added', 'deleted']);
    expect(informer.size).toBe(0);
    await informer.close();
  });

  it('says nothing after it was closed', async () => {
    const at = context();
    const informer = watchData(at);
    const seen = record(informer, (key) => !key.endsWith(at.name));
    await informer.synced;
    await informer.close();
    const other = watchData(at);
    const control = record(other, (key) => !key.endsWith(at.name));
    await other.synced;
    await at.cluster.create(configMaps, configMap(at), manager('test'));
    await until(() => control.length === 1);
    expect(seen).toEqual([]);
    await other.close();
  });
}
