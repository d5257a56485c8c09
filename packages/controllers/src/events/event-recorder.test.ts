import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cluster, KubernetesObject } from '@esox/cluster';
import { openEmbedded } from '@esox/cluster/embedded';
import { systemClock } from '@esox/core/host';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { admitManifest } from '../admission/admit-manifest.ts';
import { EVENTS } from '../resource-types.ts';
import { EventRecorder } from './event-recorder.ts';

let folder: string;
let cluster: Awaited<ReturnType<typeof openEmbedded>>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'esox-events-'));
  cluster = await openEmbedded({ manifests: folder, output: join(folder, 'output'), validate: admitManifest });
});

afterAll(async () => {
  await cluster.close();
  await rm(folder, { recursive: true });
});

const subject = (name: string) => ({ apiVersion: 'v1', kind: 'Thing', name, namespace: 'default', uid: name });
const note = { type: 'Normal', reason: 'Created', message: 'made it' } as const;

interface Event extends KubernetesObject {
  readonly count: number;
  readonly message: string;
  readonly involvedObject: { readonly name: string };
}

async function eventsAbout(name: string): Promise<Event[]> {
  const events: Event[] = [];
  const signal = AbortSignal.timeout(5000);
  for await (const page of cluster.list<Event>(EVENTS, { signal })) events.push(...page);
  return events.filter(({ involvedObject }) => involvedObject.name === name);
}

/** The cluster, whose creations wait until they are let through. */
function held(): { cluster: Cluster; underWay: () => number; release: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  let underWay = 0;
  const create: Cluster['create'] = async (...args) => {
    underWay++;
    await promise;
    return await cluster.create(...args);
  };
  const proxy = new Proxy<Cluster>(cluster, {
    get: (target, name) => {
      if (name === 'create') return create;
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
  return { cluster: proxy, underWay: () => underWay, release: resolve };
}

test('posts a few at a time, in the end all', async () => {
  const { cluster: slow, underWay, release } = held();
  const recorder = new EventRecorder(slow, systemClock, 'test');
  for (let index = 0; index < 20; index++) recorder.record(subject(`paced-${index}`), note);
  await vi.waitFor(() => expect(underWay()).toBe(4));
  release();
  await recorder.close(5000);
  expect(underWay()).toBe(20);
  for (let index = 0; index < 20; index++) expect(await eventsAbout(`paced-${index}`)).toHaveLength(1);
  expect(recorder.failures).toBe(0);
});

test('a note that is made again while it waits, and after it was posted, is one event with a count', async () => {
  const { cluster: slow, underWay, release } = held();
  const recorder = new EventRecorder(slow, systemClock, 'test');
  for (let index = 0; index < 4; index++) recorder.record(subject(`before-${index}`), note);
  await vi.waitFor(() => expect(underWay()).toBe(4));
  recorder.record(subject('again'), note);
  recorder.record(subject('again'), note);
  release();
  await vi.waitFor(async () => expect(await eventsAbout('again')).toMatchObject([{ count: 2 }]));
  recorder.record(subject('again'), note);
  recorder.record(subject('again'), { ...note, message: 'x'.repeat(3000) });
  await recorder.close(5000);
  expect((await eventsAbout('again')).map(({ count, message }) => [count, message.length])).toEqual([
    [3, note.message.length],
    [1, 1024],
  ]);
});

test('gives up at the end of its grace, and counts what it could not post', async () => {
  const { cluster: stuck } = held();
  const hanging = new Proxy<Cluster>(stuck, {
    get: (target, name) =>
      name === 'create'
        ? (...[, , { signal }]: Parameters<Cluster['create']>) =>
            new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))))
        : (Reflect.get(target, name) as unknown),
  });
  const recorder = new EventRecorder(hanging, systemClock, 'test');
  for (let index = 0; index < 6; index++) recorder.record(subject(`stuck-${index}`), note);
  await recorder.close(20);
  expect(recorder.failures).toBe(4);
});
