import { expect, it } from 'vitest';
import type { KubernetesObject, ManagedFieldsEntry } from '../port.ts';
import {
  configMap,
  configMaps,
  type Context,
  type Data,
  encode,
  keyIn,
  manager,
  otherUid,
  secret,
  secrets,
  signal,
} from './context.fixture.ts';

export function preconditions(context: () => Context): void {
  it('takes no update without the version that it starts from', async () => {
    const at = context();
    await at.cluster.create(configMaps, configMap(at), manager('test'));
    await expect(at.cluster.update(configMaps, configMap(at), manager('test'))).rejects.toBeInstanceOf(TypeError);
  });

  it('refuses an update that starts from an old version', async () => {
    const at = context();
    const first = await at.cluster.create(configMaps, configMap(at), manager('test'));
    const second = await at.cluster.update(configMaps, { ...first, data: { a: '2' } }, manager('test'));
    expect(BigInt(second.metadata.resourceVersion ?? 0)).toBeGreaterThan(BigInt(first.metadata.resourceVersion ?? 0));
    const late = at.cluster.update(configMaps, { ...first, data: { a: '3' } }, manager('test'));
    await expect(late).rejects.toMatchObject({ code: 'conflict' });
    expect((await at.cluster.get<Data>(configMaps, keyIn(at), { signal }))?.data).toEqual({ a: '2' });
  });

  it('refuses to write to another object with the name', async () => {
    const at = context();
    const created = await at.cluster.create(configMaps, configMap(at), manager('test'));
    const metadata = { ...created.metadata, uid: otherUid };
    const update = at.cluster.update(configMaps, { ...created, metadata }, manager('test'));
    await expect(update).rejects.toMatchObject({ code: 'conflict' });
    const body = { metadata: { uid: otherUid }, data: { a: '2' } };
    const patch = at.cluster.patch(configMaps, keyIn(at), { type: 'merge', body }, manager('test'));
    // The API server takes it for an attempt to change the UID.
    await expect(patch).rejects.toMatchObject({ code: 'invalid' });
  });

  it('makes no new version of a write that changes nothing', async () => {
    const at = context();
    const created = await at.cluster.create(configMaps, configMap(at), manager('test'));
    const updated = await at.cluster.update(configMaps, { ...created, data: { a: '1' } }, manager('test'));
    expect(updated.metadata.resourceVersion).toBe(created.metadata.resourceVersion);
  });

  it('gives nothing away that a caller could change', async () => {
    const at = context();
    const created = await at.cluster.create(configMaps, configMap(at), manager('test'));
    created.data = { a: 'changed' };
    expect((await at.cluster.get<Data>(configMaps, keyIn(at), { signal }))?.data).toEqual({ a: '1' });
  });
}

export function patches(context: () => Context): void {
  it('merges a patch and takes away what is null', async () => {
    const at = context();
    await at.cluster.create(configMaps, configMap(at, { a: '1', b: '2' }), manager('test'));
    const body = { metadata: { labels: { team: 'x' } }, data: { a: null, c: '3' } };
    const patched = await at.cluster.patch<Data>(configMaps, keyIn(at), { type: 'merge', body }, manager('test'));
    expect(patched).toMatchObject({ metadata: { labels: { team: 'x' } } });
    expect(patched.data).toEqual({ b: '2', c: '3' });
  });

  it('honours a resource version in a patch', async () => {
    const at = context();
    const created = await at.cluster.create(configMaps, configMap(at), manager('test'));
    await at.cluster.update(configMaps, { ...created, data: { a: '2' } }, manager('test'));
    const body = { metadata: { resourceVersion: created.metadata.resourceVersion }, data: { a: '3' } };
    const patch = at.cluster.patch(configMaps, keyIn(at), { type: 'merge', body }, manager('test'));
    await expect(patch).rejects.toMatchObject({ code: 'conflict' });
  });

  it('applies: creates, owns, takes back what it no longer names, and stops at the fields of others', async () => {
    const at = context();
    const apply = (fieldManager: string, data: Record<string, string>, force = false) =>
      at.cluster.patch<Data>(
        configMaps,
        keyIn(at),
        { type: 'apply', body: { ...configMap(at, data) }, force },
        manager(fieldManager),
      );
    expect((await apply('one', { a: '1', b: '2' })).data).toEqual({ a: '1', b: '2' });
    expect((await apply('two', { c: '3' })).data).toEqual({ a: '1', b: '2', c: '3' });
    expect((await apply('one', { a: '1' })).data).toEqual({ a: '1', c: '3' });
    await expect(apply('two', { a: '9', c: '3' })).rejects.toMatchObject({ code: 'conflict' });
    const forced = await apply('two', { a: '9', c: '3' }, true);
    expect(forced.data).toEqual({ a: '9', c: '3' });
    expect(ownedKeys(forced, 'two')).toEqual(['a', 'c']);
    expect(ownedKeys(forced, 'one')).toEqual([]);
  });
}

export function deletion(context: () => Context): void {
  it('deletes only the object that was meant', async () => {
    const at = context();
    const created = await at.cluster.create(configMaps, configMap(at), manager('test'));
    const { uid = '', resourceVersion = '' } = created.metadata;
    const other = at.cluster.delete(configMaps, keyIn(at), { uid: otherUid }, { signal });
    await expect(other).rejects.toMatchObject({ code: 'conflict' });
    await at.cluster.update(configMaps, { ...created, data: { a: '2' } }, manager('test'));
    const old = at.cluster.delete(configMaps, keyIn(at), { uid, resourceVersion }, { signal });
    await expect(old).rejects.toMatchObject({ code: 'conflict' });
    expect(await at.cluster.delete(configMaps, keyIn(at), { uid }, { signal })).toBe(true);
    expect(await at.cluster.get(configMaps, keyIn(at), { signal })).toBeUndefined();
    expect(await at.cluster.delete(configMaps, keyIn(at), { uid }, { signal })).toBe(false);
  });

  it('gives a successor of the name another UID', async () => {
    const at = context();
    const first = await at.cluster.create(configMaps, configMap(at), manager('test'));
    await at.cluster.delete(configMaps, keyIn(at), { uid: first.metadata.uid ?? '' }, { signal });
    const second = await at.cluster.create(configMaps, configMap(at), manager('test'));
    expect(second.metadata.uid).not.toBe(first.metadata.uid);
  });

  it('keeps an object until its finalizers are gone', async () => {
    const at = context();
    const metadata = { namespace: at.namespace, name: at.name, finalizers: ['example.com/test'] };
    const created: Data = await at.cluster.create<Data>(configMaps, { ...configMap(at), metadata }, manager('test'));
    expect(await at.cluster.delete(configMaps, keyIn(at), { uid: created.metadata.uid ?? '' }, { signal })).toBe(true);
    const terminating = await at.cluster.get(configMaps, keyIn(at), { signal });
    expect(terminating?.metadata.deletionTimestamp).toMatch(/Z$/);
    const body = { metadata: { finalizers: null } };
    await at.cluster.patch(configMaps, keyIn(at), { type: 'merge', body }, manager('test'));
    expect(await at.cluster.get(configMaps, keyIn(at), { signal })).toBeUndefined();
  });
}

export function ownership(context: () => Context): void {
  it('tells which manager wrote which key of data, label and annotation', async () => {
    const at = context();
    const labelled = { ...secret(at, { a: '1', b: '2' }), metadata: { ...keyIn(at), labels: { l: '1' } } };
    const created = await at.cluster.create(secrets, labelled, manager('first'));
    expect(ownedKeys(created, 'first')).toEqual(['a', 'b']);
    expect(ownedKeys(created, 'first', 'f:metadata', 'f:labels')).toEqual(['l']);

    const metadata = { ...created.metadata, annotations: { n: '1' } };
    const data = { ...created.data, b: encode('changed'), c: encode('3') };
    const updated = await at.cluster.update(secrets, { ...created, metadata, data }, manager('second'));
    expect(ownedKeys(updated, 'first')).toEqual(['a']);
    expect(ownedKeys(updated, 'first', 'f:metadata', 'f:labels')).toEqual(['l']);
    expect(ownedKeys(updated, 'second')).toEqual(['b', 'c']);
    expect(ownedKeys(updated, 'second', 'f:metadata', 'f:annotations')).toEqual(['n']);

    const body = { data: { a: null, c: encode('4') } };
    const patched = await at.cluster.patch<Data>(secrets, keyIn(at), { type: 'merge', body }, manager('third'));
    expect(ownedKeys(patched, 'first')).toEqual([]);
    expect(ownedKeys(patched, 'second')).toEqual(['b']);
    expect(ownedKeys(patched, 'third')).toEqual(['c']);
  });
}

/** Keys that the manager owns, in whatever operation. */
function ownedKeys(object: KubernetesObject, name: string, ...path: string[]): string[] {
  const entries = (object.metadata.managedFields ?? []).filter((entry) => entry.manager === name);
  return entries.flatMap((entry) => keysAt(entry, path.length > 0 ? path : ['f:data'])).toSorted();
}

function keysAt(entry: ManagedFieldsEntry, path: readonly string[]): string[] {
  let fields: unknown = entry.fieldsV1;
  for (const step of path) fields = (fields as Record<string, unknown> | undefined)?.[step];
  const keys = Object.keys((fields ?? {}) as object).filter((key) => key.startsWith('f:'));
  return keys.map((key) => key.slice(2));
}
