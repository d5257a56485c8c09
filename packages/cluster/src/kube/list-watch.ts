import type { Backoff } from '../backoff.ts';
import { ClusterError } from '../errors.ts';
import { joinKey, type KubernetesObject, type ResourceType } from '../port.ts';
import type { ApiClient } from './api-client.ts';
import { type ApiRequest, resourceName } from './api-request.ts';
import { listObjects, type ListQuery, setType } from './object-list.ts';
import type { RelistReason } from './observer.ts';
import { readStatus, statusError } from './status-error.ts';
import { FrameDecoder, type WatchFrame } from './watch-frames.ts';
import { SilentWatchError, WatchHealth } from './watch-health.ts';
import type { WatchedObject } from '../informer/watched-objects.ts';

export interface ListWatchOptions {
  /** A watch on which no byte came for so long is given up. The API server sends a bookmark about each minute. */
  readonly idleMs: number;
  /** How often, more or less, all objects are told again, without asking the API server. */
  readonly resyncMs: number;
  readonly backoff: Backoff;
  /** Asks for the first list as events of the watch (`sendInitialEvents`), and falls back to pages where it is refused. */
  readonly streamInitialList: boolean;
}

export const DEFAULT_LIST_WATCH: ListWatchOptions = {
  idleMs: 90_000,
  resyncMs: 10 * 3_600_000,
  backoff: { baseMs: 500, maxMs: 30_000 },
  streamInitialList: false,
};

const SHORTEST_WATCH_SECONDS = 240;
const LONGEST_WATCH_SECONDS = 480;

/** Where objects are kept. Is called on the socket's stack, so it runs nobody else's code but `keep`'s. */
export interface ListWatchTarget<T> {
  /** What is kept of an object; undefined when it cannot be kept. */
  keep(object: KubernetesObject, resourceVersion: string): WatchedObject<T> | undefined;
  replace(objects: Map<string, WatchedObject<T>>): void;
  set(key: string, object: WatchedObject<T>): void;
  delete(key: string): void;
  /** A byte came at this time. */
  active(now: number): void;
}

/** Keeps a target equal to a list of the API server for as long as it runs, through every failure. */
export class ListWatch<T> {
  readonly #client: ApiClient;
  readonly #type: ResourceType;
  readonly #query: Omit<ListQuery, 'signal'>;
  readonly #options: ListWatchOptions;
  readonly #target: ListWatchTarget<T>;
  readonly #health: WatchHealth;
  /** The version to go on from. */
  #version: string | undefined;
  #relist: RelistReason | undefined = 'start';
  /** The API server does not know the version, so a list must not ask for one as new as it. */
  #isVersionInDoubt = false;
  #streamsInitialList: boolean;
  /** The first list, while it comes in as events. */
  #initial: Map<string, WatchedObject<T>> | undefined;

  constructor(
    client: ApiClient,
    resource: { readonly type: ResourceType; readonly query: Omit<ListQuery, 'signal'> },
    options: ListWatchOptions,
    target: ListWatchTarget<T>,
  ) {
    this.#client = client;
    this.#type = resource.type;
    this.#query = resource.query;
    this.#options = options;
    this.#target = target;
    this.#health = new WatchHealth(options.backoff, client.random);
    this.#streamsInitialList = options.streamInitialList;
  }

  /** Ends, without an error, when the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const error = await this.#attempt(signal).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      if (signal.aborted) return;
      const waitMs = this.#judge(error);
      // It rejects only when the signal aborts, which ends the loop.
      if (waitMs > 0) await this.#client.clock.sleep(waitMs, signal).catch(() => undefined);
    }
  }

  async #attempt(signal: AbortSignal): Promise<void> {
    this.#health.begin();
    if (this.#relist !== undefined && !this.#streamsInitialList) await this.#list(signal);
    await this.#watch(signal);
  }

  #judge(error: unknown): number {
    const resource = resourceName({ type: this.#type });
    if (this.#initial !== undefined && ClusterError.is(error) && error.code === 'invalid') {
      this.#streamsInitialList = false;
      return 0;
    }
    const verdict = this.#health.judge(error, resource, this.#client.clock.now());
    // A list that the API server calls expired was asked to be as new as a version that it does not have.
    if (verdict.relist === 'expired' && this.#relist !== undefined) this.#isVersionInDoubt = true;
    this.#relist ??= verdict.relist;
    if (verdict.report !== undefined) this.#client.observer.watchFailed?.({ resource, error: verdict.report });
    return verdict.waitMs;
  }

  async #list(signal: AbortSignal): Promise<void> {
    const objects = new Map<string, WatchedObject<T>>();
    let version: string | undefined;
    const notOlderThan = this.#isVersionInDoubt ? undefined : this.#version;
    for await (const page of listObjects(this.#client, this.#type, { ...this.#query, signal }, notOlderThan)) {
      this.#target.active(this.#client.clock.now());
      if (page.isRestart) objects.clear();
      for (const object of page.items) this.#collect(objects, object, object.metadata.resourceVersion ?? '');
      version = page.resourceVersion;
    }
    this.#takeOver(objects, version);
  }

  #collect(objects: Map<string, WatchedObject<T>>, object: KubernetesObject, resourceVersion: string): void {
    const kept = this.#target.keep(object, resourceVersion);
    if (kept !== undefined) objects.set(joinKey(object.metadata), kept);
  }

  #takeOver(objects: Map<string, WatchedObject<T>>, version: string | undefined): void {
    const reason = this.#relist ?? 'start';
    this.#version = version;
    this.#relist = undefined;
    this.#isVersionInDoubt = false;
    this.#target.replace(objects);
    this.#client.observer.relisted?.({ resource: resourceName({ type: this.#type }), reason });
  }

  /** One watch, from its request to its end. */
  async #watch(signal: AbortSignal): Promise<void> {
    this.#initial = this.#relist === undefined ? undefined : new Map();
    const end = new AbortController();
    const either = AbortSignal.any([signal, end.signal]);
    const request = this.#watchRequest(either);
    const decoder = new FrameDecoder();
    let heardAt = this.#client.clock.now();
    const hear = (): void => {
      heardAt = this.#client.clock.now();
      this.#target.active(heardAt);
    };
    void this.#guard(() => heardAt, end);
    try {
      await this.#client.open(request, {
        opened: () => {
          hear();
          this.#health.opened(heardAt);
        },
        data: (chunk) => {
          hear();
          this.#health.heard();
          for (const frame of decoder.decode(chunk)) this.#take(request, frame);
        },
      });
    } finally {
      end.abort();
    }
  }

  #watchRequest(signal: AbortSignal): ApiRequest {
    const { labelSelector, fieldSelector, namespace, view } = this.#query;
    const seconds = LONGEST_WATCH_SECONDS - SHORTEST_WATCH_SECONDS;
    const timeoutSeconds = SHORTEST_WATCH_SECONDS + Math.floor(this.#client.random() * (seconds + 1));
    const isInitial = this.#initial !== undefined;
    const query = {
      watch: 'true',
      allowWatchBookmarks: 'true',
      timeoutSeconds: String(timeoutSeconds),
      resourceVersion: isInitial && this.#isVersionInDoubt ? undefined : this.#version,
      ...(isInitial ? { sendInitialEvents: 'true', resourceVersionMatch: 'NotOlderThan' } : {}),
      labelSelector,
      fieldSelector,
    };
    return { verb: 'watch', type: this.#type, namespace, view, query, signal };
  }

  /** Ends a watch that has gone silent. */
  async #guard(heardAt: () => number, end: AbortController): Promise<void> {
    const { clock } = this.#client;
    const { idleMs } = this.#options;
    while (!end.signal.aborted) {
      const left = heardAt() + idleMs - clock.now();
      if (left <= 0) return end.abort(new SilentWatchError());
      // It rejects only when the watch has ended.
      await clock.sleep(left, end.signal).catch(() => undefined);
    }
  }

  #take(request: ApiRequest, frame: WatchFrame): void {
    if (frame.type === 'ERROR') throw errorOf(request, frame.status);
    if (this.#initial === undefined) this.#apply(frame);
    else this.#gather(this.#initial, frame);
    this.#health.progressed();
  }

  #apply(frame: Exclude<WatchFrame, { type: 'ERROR' }>): void {
    if (frame.type === 'DELETED') this.#target.delete(joinKey(frame.object.metadata));
    else if (frame.type !== 'BOOKMARK') this.#set(frame.object, frame.resourceVersion);
    this.#version = frame.resourceVersion;
  }

  #set(object: KubernetesObject, resourceVersion: string): void {
    setType(object, this.#type);
    const kept = this.#target.keep(object, resourceVersion);
    if (kept !== undefined) this.#target.set(joinKey(object.metadata), kept);
  }

  #gather(initial: Map<string, WatchedObject<T>>, frame: Exclude<WatchFrame, { type: 'ERROR' }>): void {
    if (frame.type === 'BOOKMARK') {
      if (!frame.endsInitialList) return;
      this.#initial = undefined;
      this.#takeOver(initial, frame.resourceVersion);
    } else if (frame.type === 'DELETED') {
      initial.delete(joinKey(frame.object.metadata));
    } else {
      setType(frame.object, this.#type);
      this.#collect(initial, frame.object, frame.resourceVersion);
    }
  }
}

function errorOf(request: ApiRequest, value: unknown): ClusterError {
  const status = readStatus(value);
  if (status !== undefined) return statusError(request, status, status.code);
  return new ClusterError(
    'unexpected',
    `watch ${resourceName(request)}: the API server sent an error without a status.`,
  );
}
