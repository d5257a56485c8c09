import { expect, it } from 'vitest';
import { type Context, type Custom, keyIn, manager, otherUid } from './context.fixture.ts';

export function statuses(context: () => Context): void {
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
