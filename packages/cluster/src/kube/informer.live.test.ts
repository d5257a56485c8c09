import { isWatch, statusAnswer, testbed, waitUntil } from '@esox/testbed';
import { expect, test } from 'vitest';
import { frame, type InformerBench, keep, openInformer, replay } from './informer.fixture.ts';
import { CONFIG_MAPS, openCluster } from './kube-cluster.fixture.ts';

const never = new AbortController().signal;

async function seesNext(bench: InformerBench, name: string, value: string): Promise<void> {
  await bench.set(name, value);
  const arrived = (): boolean => bench.informer.get(`${bench.namespace}/${name}`)?.value === value;
  await waitUntil(arrived, { what: `the informer has ${name}=${value}`, deadlineMs: 20_000 });
}

function watchIsOpen(bench: InformerBench): Promise<unknown> {
  return waitUntil(() => bench.proxy.open(isWatch()).length === 1, { what: 'a watch is open', deadlineMs: 10_000 });
}

/** `settle` lets the feed deliver. */
function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20));
}

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

test('resumes a broken watch from the last version, without a list and without missing anything', async () => {
  await using bench = await openInformer();
  await bench.informer.synced;
  for (let round = 1; round <= 5; round += 1) {
    await seesNext(bench, 'before', String(round));
    expect(bench.proxy.cutOpen(isWatch())).toBe(1);
    await bench.set('between', String(round));
    await waitUntil(() => bench.informer.get(`${bench.namespace}/between`)?.value === String(round), {
      what: 'what happened between two watches arrives',
      deadlineMs: 10_000,
    });
  }
  expect(bench.lists()).toHaveLength(1);
  expect(bench.watches()).toHaveLength(6);
  expect(bench.observed.failures).toEqual([]);
  await settle();
  expect(bench.told().filter((change) => change.endsWith('between'))).toHaveLength(5);
});

test('resumes silently when the server ends a watch in its time', async () => {
  await using bench = await openInformer();
  await bench.informer.synced;
  await seesNext(bench, 'a', '1');
  const version = bench.informer.get(`${bench.namespace}/a`)?.resourceVersion;
  expect(bench.proxy.cutOpen(isWatch(), { clean: true })).toBe(1);
  await seesNext(bench, 'a', '2');
  expect(bench.watches()[1]?.get('resourceVersion')).toBe(version);
  expect(bench.lists()).toHaveLength(1);
  expect(bench.observed.failures).toEqual([]);
});

test('begins the list anew when it expires between two pages, and keeps nothing of the pages before', async () => {
  const names = Array.from({ length: 520 }, (_, index) => `object-${index}`);
  await using bench = await openInformer({
    prepare: async ({ set, proxy }) => {
      while (names.length > 0) await Promise.all(names.splice(0, 40).map((name) => set(name)));
      // An object that is in the first page only, as if it were deleted meanwhile.
      const body = (text: string): string => text.replace('"name":"object-0"', '"name":"ghost"');
      proxy.rule({ match: ({ query }) => query.has('limit'), times: 1, action: { kind: 'rewrite', body } });
      proxy.rule({ match: ({ query }) => query.has('continue'), times: 1, action: statusAnswer(410, 'Expired') });
    },
  });
  await bench.informer.synced;
  await bench.converges();
  await waitUntil(() => bench.changes.length >= 520, { what: 'all is told', deadlineMs: 10_000 });
  expect(replay(bench.changes).size).toBe(520);
  expect(bench.lists().map((query) => query.has('continue'))).toEqual([false, true, false, true]);
  expect(bench.observed.relists).toEqual(['start']);
});

test('reads one list when its version has expired, and tells only what differs', async () => {
  await using bench = await openInformer({
    prepare: async ({ set }) => void (await Promise.all(['stays', 'changes', 'goes'].map((name) => set(name, '1')))),
  });
  await bench.informer.synced;
  await settle();
  bench.changes.length = 0;
  const resume = bench.proxy.rule({ match: isWatch(), times: 1, action: statusAnswer(410, 'Expired') });
  const release = holdRequests(bench);
  bench.proxy.cutOpen(isWatch());
  await Promise.all([bench.set('changes', '2'), bench.remove('goes'), bench.set('comes', '1')]);
  release();
  await bench.converges();
  await settle();
  expect(resume.hits).toBe(1);
  expect(bench.told().sort()).toEqual(['added comes', 'deleted goes', 'updated changes']);
  const [, relist, ...more] = bench.lists();
  expect(more).toEqual([]);
  expect(relist?.get('resourceVersionMatch')).toBe('NotOlderThan');
  expect(relist?.get('resourceVersion')).toBe(bench.watches()[0]?.get('resourceVersion'));
  expect(bench.observed.relists).toEqual(['start', 'expired']);
  expect(bench.observed.failures).toEqual([]);
});

/** Keeps requests to come from the server until released, so that the informer sees what happens meanwhile at once. */
function holdRequests(bench: InformerBench): () => void {
  const hold = bench.proxy.rule({ match: () => true, action: { kind: 'reset' } });
  return () => hold.remove();
}

test('waits as long as a server asks that is too busy for a watch', async () => {
  await using bench = await openInformer();
  await bench.informer.synced;
  const busy = statusAnswer(429, 'TooManyRequests', { 'retry-after': '1' });
  const rule = bench.proxy.rule({ match: isWatch(), times: 2, action: busy });
  bench.proxy.cutOpen(isWatch());
  await waitUntil(() => rule.hits === 2, { what: 'two refusals', deadlineMs: 10_000 });
  await seesNext(bench, 'a', '1');
  const refused = bench.proxy.requests.filter(({ status }) => status === 429).map(({ at }) => at.getTime());
  const next = bench.proxy.requests.findLast((request) => isWatch()(request))?.at.getTime() ?? 0;
  expect([refused[1], next].map((at, index) => (at ?? 0) - (refused[index] ?? 0)).every((wait) => wait >= 990)).toBe(
    true,
  );
  expect(bench.lists()).toHaveLength(1);
  expect(bench.observed.failures.map(({ error }) => error.code)).toEqual(['rate-limited', 'rate-limited']);
});

test('goes on after ERROR events of a server in trouble, and after 5xx answers', async () => {
  await using bench = await openInformer();
  await bench.informer.synced;
  await watchIsOpen(bench);
  const status = { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'InternalError', code: 500 };
  const rule = bench.proxy.rule({ match: isWatch(), times: 3, action: statusAnswer(503, 'ServiceUnavailable') });
  expect(bench.proxy.injectOpen(isWatch(), frame('ERROR', status))).toBe(1);
  await waitUntil(() => rule.hits === 3, { what: 'three refusals', deadlineMs: 10_000 });
  await seesNext(bench, 'a', '1');
  expect(bench.lists()).toHaveLength(1);
  expect(bench.observed.failures.map(({ error }) => error.code)).toEqual(Array(4).fill('unavailable'));
});

test('syncs only after a complete list, whatever comes first', async () => {
  await using bench = await openInformer({
    prepare: async ({ set, proxy }) => {
      await set('a', '1');
      const isList = ({ query }: { query: URLSearchParams }): boolean => query.has('limit');
      proxy.rule({ match: isList, times: 5, action: statusAnswer(500, 'InternalError') });
      proxy.rule({ match: isList, times: 1, action: { kind: 'answer', status: 200, body: '<html>log in</html>' } });
      proxy.rule({ match: isList, times: 1, action: { kind: 'answer', status: 200, body: {} } });
      proxy.rule({ match: isList, times: 1, action: { kind: 'cut', afterBytes: 40 } });
    },
  });
  expect(bench.informer.hasSynced).toBe(false);
  await bench.informer.synced;
  expect(bench.informer.size).toBe(1);
  expect(bench.informer.hasSynced).toBe(true);
  expect(bench.observed.failures.map(({ error }) => error.code)).toEqual(['unavailable', 'unexpected', 'unexpected']);
});

test('notices a connection that died without a sign, and resumes', async () => {
  await using bench = await openInformer({ listWatch: { idleMs: 1_500 } });
  await bench.informer.synced;
  await seesNext(bench, 'a', '1');
  const before = bench.informer.lastActivity;
  expect(bench.proxy.stallOpen(isWatch())).toBe(1);
  await seesNext(bench, 'a', '2');
  expect(bench.lists()).toHaveLength(1);
  expect(bench.informer.lastActivity).toBeGreaterThan(before);
  expect(bench.observed.failures.map(({ error }) => error.message)).toContain(
    'watch configmaps: nothing came for too long; the watch begins anew.',
  );
});

test('drops a watch with a frame that it cannot read, and resumes; reads the list when that does not help', async () => {
  await using bench = await openInformer();
  await bench.informer.synced;
  await seesNext(bench, 'a', '1');
  for (const bytes of ['{"type":"ADDED","object":{"metadata":\n', '{"type":"ADDED","object":{}}\n', 'no json\n']) {
    const before = bench.watches().length;
    expect(bench.proxy.injectOpen(isWatch(), bytes)).toBe(1);
    await waitUntil(() => bench.watches().length > before, { what: 'another watch', deadlineMs: 10_000 });
    await seesNext(bench, 'a', `after ${before}`);
    await watchIsOpen(bench);
  }
  expect(bench.lists()).toHaveLength(1);
  const rule = bench.proxy.rule({ match: isWatch(), times: 3, action: { kind: 'inject', bytes: 'garbage\n' } });
  bench.proxy.cutOpen(isWatch());
  await waitUntil(() => rule.hits === 3, { what: 'three bad watches', deadlineMs: 10_000 });
  await seesNext(bench, 'a', 'at last');
  expect(bench.lists()).toHaveLength(2);
  expect(bench.observed.relists).toEqual(['start', 'malformed']);
  expect(bench.observed.failures.map(({ error }) => error.code)).toEqual(Array(6).fill('unexpected'));
});

test('finds out that its version is from a future that the server does not have', async () => {
  await using bench = await openInformer({
    listWatch: { idleMs: 700 },
    prepare: async ({ set, proxy }) => {
      await set('a', '1');
      // As after a backup was restored: the list's version is far ahead of all that the server knows.
      const body = (text: string): string => text.replace(/"resourceVersion":"\d+"/, '"resourceVersion":"900000000"');
      proxy.rule({ match: ({ query }) => query.has('limit'), times: 1, action: { kind: 'rewrite', body } });
    },
  });
  await bench.informer.synced;
  await bench.set('a', '2');
  await bench.converges();
  expect(bench.observed.relists).toEqual(['start', 'silent']);
  // Asked for something as new as that version, the server refused; then it was asked for the newest it has.
  const [, refused, newest] = bench.lists();
  expect([refused?.get('resourceVersion'), newest?.has('resourceVersion')]).toEqual(['900000000', false]);
  expect(bench.told().filter((change) => change.startsWith('deleted'))).toEqual([]);
  await seesNext(bench, 'a', '3');
});

test('takes an object that was deleted and made again for another one', async () => {
  await using bench = await openInformer();
  await bench.informer.synced;
  await seesNext(bench, 'a', '1');
  await settle();
  bench.changes.length = 0;
  bench.proxy.rule({ match: isWatch(), times: 1, action: statusAnswer(410, 'Expired') });
  const release = holdRequests(bench);
  bench.proxy.cutOpen(isWatch());
  await bench.remove('a');
  await bench.set('a', '2');
  release();
  await bench.converges();
  await settle();
  expect(bench.told()).toEqual(['deleted a', 'added a']);
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

test('goes on when rights that were missing are given', async () => {
  const { kubernetes } = testbed();
  const namespace = await kubernetes.createNamespace({ prefix: 'rights' });
  const { token } = await kubernetes.createUser({ namespace, name: 'watcher' });
  await using weak = await openCluster({ token, listWatch: { backoff: { baseMs: 50, maxMs: 500 } } });
  const informer = weak.cluster.watch(CONFIG_MAPS, { namespace, trim: keep });
  await waitUntil(() => weak.observed.failures.length >= 2, { what: 'two refusals', deadlineMs: 10_000 });
  expect(weak.observed.failures[0]?.error).toMatchObject({ code: 'forbidden' });
  expect(informer.hasSynced).toBe(false);
  const rules = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['list', 'watch'] }];
  const metadata = { name: 'late', namespace };
  const path = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}`;
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'late' };
  const subjects = [{ kind: 'ServiceAccount', name: 'watcher', namespace }];
  await kubernetes.client.call({ method: 'POST', path: `${path}/roles`, body: { metadata, rules } });
  await kubernetes.client.call({ method: 'POST', path: `${path}/rolebindings`, body: { metadata, roleRef, subjects } });
  await informer.synced;
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
