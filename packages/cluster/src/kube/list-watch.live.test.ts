import { isWatch, statusAnswer, testbed, waitUntil } from '@esox/testbed';
import { expect, test } from 'vitest';
import { frame, holdRequests, keep, openInformer, replay, seesNext, settle, watchIsOpen } from './informer.fixture.ts';
import { CONFIG_MAPS, openCluster } from './kube-cluster.fixture.ts';

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
  expect(bench.told().toSorted()).toEqual(['added comes', 'deleted goes', 'updated changes']);
  const [, relist, ...more] = bench.lists();
  expect(more).toEqual([]);
  expect(relist?.get('resourceVersionMatch')).toBe('NotOlderThan');
  expect(relist?.get('resourceVersion')).toBe(bench.watches()[0]?.get('resourceVersion'));
  expect(bench.observed.relists).toEqual(['start', 'expired']);
  expect(bench.observed.failures).toEqual([]);
});

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
