import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Change, Cluster, Informer, KubernetesObject, ManagedFieldsEntry, ResourceType } from './port.ts';

export interface PortUnderTest {
  readonly cluster: Cluster;
  /** Exists, and nobody else works in it. */
  readonly namespace: string;
  /** A namespaced kind with a status subresource and a free-form spec; its tests are left out without it. */
  readonly custom?: {
    readonly type: ResourceType;
    readonly spec: (variant: number) => object;
    readonly status: object;
  };
  readonly dispose: () => Promise<void>;
}

interface Data extends KubernetesObject {
  data?: Record<string, string>;
}

interface Custom extends KubernetesObject {
  spec?: object;
  status?: object;
}

const secrets: ResourceType = { group: '', version: 'v1', kind: 'Secret', plural: 'secrets', namespaced: true };
const configMaps: ResourceType = { ...secrets, kind: 'ConfigMap', plural: 'configmaps' };

const otherUid = '00000000-0000-4000-8000-000000000000';

const encode = (text: string) => Buffer.from(text).toString('base64');
const signal = AbortSignal.timeout(120_000);
const manager = (fieldManager: string) => ({ signal, fieldManager });

/** What every side of the port must do alike. */
export function portContract(name: string, open: () => Promise<PortUnderTest>, options: { custom: boolean }): void {
  describe(`${name}: the cluster port`, () => {
    let port: PortUnderTest;
    let names = 0;
    beforeAll(async () => {
      port = await open();
    });
    afterAll(() => port.dispose());

    const context = (): Context => {
      names += 1;
      return { cluster: port.cluster, namespace: port.namespace, name: `object-${names}`, custom: port.custom };
    };
    objects(context);
    preconditions(context);
    patches(context);
    deletion(context);
    ownership(context);
    informers(context);
    if (options.custom) statuses(context);
  });
}

interface Context {
  readonly cluster: Cluster;
  readonly namespace: string;
  readonly name: string;
  readonly custom: PortUnderTest['custom'];
}

function configMap({ namespace, name }: Context, data: Record<string, string> = { a: '1' }): Data {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace, name }, data };
}

function secret({ namespace, name }: Context, data: Record<string, string>): Data {
  const encoded = Object.fromEntries(Object.entries(data).map(([key, value]) => [key, encode(value)]));
  return { apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name }, data: encoded };
}

const keyIn = ({ namespace, name }: Context) => ({ namespace, name });

function objects(context: () => Context): void {
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

function preconditions(context: () => Context): void {
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

function patches(context: () => Context): void {
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

function deletion(context: () => Context): void {
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

function ownership(context: () => Context): void {
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

function informers(context: () => Context): void {
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

function statuses(context: () => Context): void {
  const customOf = ({ custom }: Context) => {
    if (!custom) throw new Error('the port under test has no custom kind');
    return custom;
  };
  const build = (at: Context, variant: number): Custom => {
    const { type, spec } = customOf(at);
    const apiVersion = `${type.group}/${type.version}`;
    return { apiVersion, kind: type.kind, metadata: keyIn(at), spec: spec(variant) };
  };

  it('changes status through its subresource and nothing else', async () => {
    const at = context();
    const { type, status } = customOf(at);
    const created = await at.cluster.create(type, { ...build(at, 1), status }, manager('test'));
    expect(created.status).toBeUndefined();
    const write = { ...manager('test'), subresource: 'status' } as const;
    const body = { status, spec: build(at, 2).spec };
    const patched = await at.cluster.patch<Custom>(type, keyIn(at), { type: 'merge', body }, write);
    expect(patched.status).toEqual(status);
    expect(patched.spec).toEqual(created.spec);
    const { status: _gone, ...rest } = patched;
    const updated = await at.cluster.update(type, { ...rest, spec: build(at, 2).spec ?? {} }, manager('test'));
    expect((updated as Custom).status).toEqual(status);
  });

  it('holds a patch of the status to the resource version, and not to the UID', async () => {
    const at = context();
    const { type, status } = customOf(at);
    const created = await at.cluster.create(type, build(at, 1), manager('test'));
    await at.cluster.update(type, { ...created, spec: build(at, 2).spec ?? {} }, manager('test'));
    const { resourceVersion } = created.metadata;
    const write = { ...manager('test'), subresource: 'status' } as const;
    const patch = (metadata: object) =>
      at.cluster.patch<Custom>(type, keyIn(at), { type: 'merge', body: { metadata, status } }, write);
    await expect(patch({ resourceVersion })).rejects.toMatchObject({ code: 'conflict' });
    expect((await patch({ uid: otherUid })).status).toEqual(status);
  });

  it('counts a generation for each change of the spec, and only for that', async () => {
    const at = context();
    const { type, status } = customOf(at);
    const created = await at.cluster.create(type, build(at, 1), manager('test'));
    expect(created.metadata.generation).toBe(1);
    const labels = { metadata: { labels: { a: 'b' } } };
    const labelled = await at.cluster.patch(type, keyIn(at), { type: 'merge', body: labels }, manager('test'));
    expect(labelled.metadata.generation).toBe(1);
    const write = { ...manager('test'), subresource: 'status' } as const;
    const reported = await at.cluster.patch(type, keyIn(at), { type: 'merge', body: { status } }, write);
    expect(reported.metadata.generation).toBe(1);
    const updated = await at.cluster.update(type, { ...reported, spec: build(at, 2).spec }, manager('test'));
    expect(updated.metadata.generation).toBe(2);
  });
}
