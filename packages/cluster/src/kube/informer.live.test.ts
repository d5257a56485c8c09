import { statusAnswer, waitUntil } from '@esox/testbed';
import { expect, test } from 'vitest';
import { keep, openInformer, replay, seesNext, settle, watchIsOpen } from './informer.fixture.ts';
import { CONFIG_MAPS } from './kube-cluster.fixture.ts';

const never = new AbortController().signal;

test('reads the newest list in pages of 500, then watches from its version with bookmarks and a varied timeout', async () => {
  await using bench = await openInformer({
    prepare: async ({ set }) => {
      for (let batch = 0; batch < 12; batch += 1) {
        await Promise.all(Array.from({ length: 50 }, (_, index) => set(`object-${batch * 50 + index}`)));
      }
    },
  });
  await bench.informer.synced;
  await watchIsOpen(bench);
  expect(bench.informer.size).toBe(600);
  const [first, second, ...more] = bench.lists();
  expect(more).toEqual([]);
  expect(first?.get('limit')).toBe('500');
  expect([first?.has('resourceVersion'), first?.has('continue')]).toEqual([false, false]);
  expect([second?.get('limit'), second?.has('continue'), second?.has('resourceVersion')]).toEqual(['500', true, false]);
  const [watch] = bench.watches();
  expect(watch?.get('allowWatchBookmarks')).toBe('true');
  const seconds = Number(watch?.get('timeoutSeconds'));
  expect(seconds).toBeGreaterThanOrEqual(240);
  expect(seconds).toBeLessThanOrEqual(480);
  expect(Number(watch?.get('resourceVersion'))).toBeGreaterThan(0);
  expect(bench.observed.relists).toEqual(['start']);
  await bench.converges();
});

test('tells changes in order, and the whole list first to whoever comes later', async () => {
  await using bench = await openInformer({ prepare: async ({ set }) => void (await set('a')) });
  await bench.informer.synced;
  await seesNext(bench, 'b', '1');
  await seesNext(bench, 'b', '2');
  await bench.remove('a');
  await waitUntil(() => bench.informer.size === 1, { what: 'a is gone', deadlineMs: 10_000 });
  await settle();
  expect(bench.told()).toEqual(['added a', 'added b', 'updated b', 'deleted a']);
  expect(bench.changes[2]).toMatchObject({ before: { value: '1' }, after: { value: '2' } });
  const late: string[] = [];
  const unsubscribe = bench.informer.subscribe(({ type, key }) => late.push(`${type} ${key}`));
  expect(late).toEqual([]);
  await settle();
  expect(late).toEqual([`added ${bench.namespace}/b`]);
  unsubscribe();
  await seesNext(bench, 'b', '3');
  await settle();
  expect(late).toHaveLength(1);
});

test('a listener that throws, or a trim, harms nobody else', async () => {
  const bug = new Error('a bug');
  await using bench = await openInformer({
    watch: {
      trim: (object) => {
        if (object.metadata.name === 'bad') throw bug;
        return keep(object);
      },
    },
  });
  await bench.informer.synced;
  bench.informer.subscribe(() => {
    throw bug;
  });
  const after: string[] = [];
  bench.informer.subscribe(({ type }) => after.push(type));
  await bench.set('bad');
  await seesNext(bench, 'good', '1');
  await settle();
  expect(bench.informer.size).toBe(1);
  expect(after).toEqual(['added']);
  expect(bench.observed.listenerErrors).toEqual([bug, bug]);
  expect(bench.watches()).toHaveLength(1);
});

test('tells everything again now and then, without asking the server', async () => {
  await using bench = await openInformer({
    listWatch: { resyncMs: 300 },
    prepare: async ({ set }) => void (await Promise.all([set('a'), set('b')])),
  });
  await bench.informer.synced;
  const again = (): boolean => bench.told().filter((change) => change === 'updated a').length >= 2;
  await waitUntil(again, { what: 'two resyncs', deadlineMs: 10_000 });
  const update = bench.changes.find(({ type }) => type === 'updated');
  expect(update?.type === 'updated' && update.before === update.after).toBe(true);
  expect(bench.lists()).toHaveLength(1);
});

test('watches metadata only, with a selector, and keeps what trim returns', async () => {
  await using bench = await openInformer({
    watch: {
      view: 'metadata',
      labelSelector: 'esox-test=yes',
      trim: (object) => ({ ...keep(object), value: object.kind }),
    },
  });
  await bench.informer.synced;
  const { direct, namespace } = bench;
  const metadata = { namespace, name: 'labelled', labels: { 'esox-test': 'yes' } };
  const object = { metadata, data: { value: 'large' } };
  await bench.set('other');
  await direct.create(CONFIG_MAPS, object, { signal: never });
  const key = `${namespace}/labelled`;
  await waitUntil(() => bench.informer.get(key), { what: 'it is seen', deadlineMs: 10_000 });
  expect(bench.informer.get(key)?.value).toBe('ConfigMap');
  expect(bench.informer.size).toBe(1);
  const accepts = bench.proxy.requests.map(({ headers }) => headers['accept']);
  expect(accepts).toEqual([
    'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1',
    'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1',
  ]);
});

test.each(['accepted', 'refused'] as const)('streams the first list as events where that is %s', async (answer) => {
  await using bench = await openInformer({
    listWatch: { streamInitialList: true },
    prepare: async ({ set, proxy }) => {
      await Promise.all([set('a'), set('b')]);
      const match = ({ query }: { query: URLSearchParams }): boolean => query.has('sendInitialEvents');
      if (answer === 'refused') proxy.rule({ match, action: statusAnswer(422, 'Invalid') });
    },
  });
  await bench.informer.synced;
  await bench.converges();
  expect(bench.lists()).toHaveLength(answer === 'refused' ? 1 : 0);
  await seesNext(bench, 'c', '1');
  expect(bench.watches()).toHaveLength(answer === 'refused' ? 2 : 1);
  expect(bench.observed.relists).toEqual(['start']);
});

test('an informer that is closed before it has synced says so, and asks for nothing more', async () => {
  await using bench = await openInformer({
    prepare: ({ proxy }) => void proxy.rule({ match: () => true, action: { kind: 'hang' } }),
  });
  await waitUntil(() => bench.lists().length === 1, { what: 'a list is asked for', deadlineMs: 10_000 });
  await bench.informer.close();
  await expect(bench.informer.synced).rejects.toThrow('The informer is closed.');
  expect(replay(bench.changes).size).toBe(0);
  expect(bench.proxy.requests).toHaveLength(1);
});
