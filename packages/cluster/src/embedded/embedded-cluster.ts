import { mkdirSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Parsed } from '@esox/api';
import { ClusterError } from '../errors.ts';
import {
  type Cluster,
  type DeletePreconditions,
  type Informer,
  joinKey,
  type KubernetesObject,
  type ListOptions,
  type ObjectKey,
  type Patch,
  type ReadOptions,
  type ResourceType,
  type ServiceAccountToken,
  type WatchOptions,
  type WriteOptions,
} from '../port.ts';
import { cannot, ensurePrivateFolder } from './atomic-file.ts';
import { GarbageCollector } from './garbage-collector.ts';
import { LocalCopy } from './local-copy.ts';
import { ManifestFolder } from './manifest-folder.ts';
import type { ManifestProblem } from './manifest-parser.ts';
import { ManifestLoop } from './manifest-loop.ts';
import { ObjectStore, type StoreChange } from './object-store.ts';
import type { Write } from './object-state.ts';
import { type OutputFormat, SecretFiles } from './secret-files.ts';
import { fieldTest, labelTest } from './selectors.ts';
import { copyOf, kindId, type StoredObject } from './stored-object.ts';
import { SyncMemory } from './sync-memory.ts';

export interface EmbeddedOptions {
  /** Folder of manifests, read with all folders below it: `*.yaml`, `*.yml`, `*.json`. */
  readonly manifests: string;
  /** Folder that Secrets are written to; made where it is missing. It may lie within the folder of manifests. */
  readonly output: string;
  /** Default: `yaml`. */
  readonly format?: OutputFormat;
  /**
   * Stands for CRDs and admission: checks and defaults objects of the kinds that the caller knows, and returns every
   * other object as it is. Refuses versions that are not served. Problems never hold a value.
   */
  readonly validate: (object: KubernetesObject) => Parsed<KubernetesObject>;
  /** Called once for each problem that comes up. */
  readonly onProblem?: (problem: ManifestProblem) => void;
  /** Gets what a listener or the `trim` of an informer throws: a bug. */
  readonly onListenerError?: (error: unknown) => void;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

/** A Cluster over a folder of manifests. */
export interface EmbeddedCluster extends Cluster {
  readonly side: 'embedded';
  /** What is wrong with the manifests at the moment. */
  problems(): readonly ManifestProblem[];
  /** Events that controllers have posted, oldest first; the latest thousand are kept. */
  events(): readonly KubernetesObject[];
  /** Where the Secret with this key is written to. */
  outputFile(key: string): string;
}

const pageSize = 500;
const keptEvents = 1000;
const eventsType = { group: '', version: 'v1', kind: 'Event', namespaced: true } as const;

/** Resolves when all manifests have been read. Throws a ClusterError where a folder cannot be used. */
export async function openEmbedded(options: EmbeddedOptions): Promise<EmbeddedCluster> {
  const cluster = new FolderCluster(options);
  try {
    await cluster.start();
  } catch (error) {
    await cluster.close();
    throw error;
  }
  return cluster;
}

class FolderCluster implements EmbeddedCluster {
  readonly side = 'embedded';
  readonly #options: EmbeddedOptions;
  readonly #now: () => number;
  readonly #store: ObjectStore;
  readonly #files: SecretFiles;
  readonly #memory: SyncMemory;
  readonly #loop: ManifestLoop;
  readonly #informers = new Map<Pick<LocalCopy<never>, 'accept' | 'close'>, string>();

  constructor(options: EmbeddedOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    const output = openOutput(options.output);
    this.#files = new SecretFiles(output, options.format ?? 'yaml');
    const store = new ObjectStore({
      now: this.#now,
      // What the store holds are objects with whatever fields they have.
      validate: options.validate as (object: StoredObject) => Parsed<StoredObject>,
      persist: (change) => this.#files.persist(change),
    });
    this.#store = store;
    this.#memory = new SyncMemory(join(output, '.esox', 'status.json'), store, (problem) => this.#report(problem));
    const garbage = new GarbageCollector(store);
    this.#loop = new ManifestLoop({
      store,
      folder: new ManifestFolder(resolve(options.manifests), output),
      now: this.#now,
      pastOf: (kind, uid, object) => this.#memory.pastOf(kind, uid, object),
      onProblem: (problem) => this.#report(problem),
      onSettled: () => {
        garbage.settle();
        this.#memory.settle(store);
      },
    });
    store.subscribe((change) => this.#pass(change));
  }

  async start(): Promise<void> {
    this.#store.ensureNamespace('default');
    this.#files.load(this.#store);
    await this.#loop.start();
  }

  problems(): readonly ManifestProblem[] {
    return this.#loop.problems;
  }

  events(): readonly KubernetesObject[] {
    return copyOf(this.#store.values(eventsType));
  }

  outputFile(key: string): string {
    return this.#files.pathOf(key);
  }

  get<T extends KubernetesObject>(type: ResourceType, key: ObjectKey, options: ReadOptions): Promise<T | undefined> {
    return this.#answer(options, () => this.#store.get(type, key) as T | undefined);
  }

  async *list<T extends KubernetesObject>(type: ResourceType, options: ListOptions): AsyncIterable<readonly T[]> {
    options.signal.throwIfAborted();
    const matches = this.#matcher(options);
    const view = viewer(options.view);
    const objects = this.#store.values(type).filter(matches);
    for (let start = 0; start < objects.length; start += pageSize) {
      options.signal.throwIfAborted();
      yield objects.slice(start, start + pageSize).map((object) => copyOf(view(object)) as T);
    }
  }

  watch<T>(type: ResourceType, options: WatchOptions<T>): Informer<T> {
    const copy = new LocalCopy<T>({
      initial: this.#store.values(type),
      matches: this.#matcher(options),
      view: viewer(options.view),
      trim: options.trim,
      now: this.#now,
      onError: (error) => this.#options.onListenerError?.(error),
      onClose: () => this.#informers.delete(copy),
    });
    this.#informers.set(copy, kindId(type));
    return copy;
  }

  create<T extends KubernetesObject>(type: ResourceType, object: T, options: WriteOptions): Promise<T> {
    return this.#answer(options, () => {
      const created = this.#store.create(type, object as unknown as StoredObject, writeOf(options));
      if (kindId(type) === kindId(eventsType)) this.#forgetOldEvents();
      return created as unknown as T;
    });
  }

  update<T extends KubernetesObject>(type: ResourceType, object: T, options: WriteOptions): Promise<T> {
    if (!object.metadata.resourceVersion) {
      return Promise.reject(new TypeError('An update needs the resource version that it replaces.'));
    }
    const replace = () => this.#store.replace(type, object as unknown as StoredObject, writeOf(options));
    return this.#answer(options, () => replace() as unknown as T);
  }

  patch<T extends KubernetesObject>(
    type: ResourceType,
    key: ObjectKey,
    patch: Patch,
    options: WriteOptions,
  ): Promise<T> {
    return this.#answer(options, () => this.#store.patch(type, key, patch, writeOf(options)) as unknown as T);
  }

  delete(
    type: ResourceType,
    key: ObjectKey,
    preconditions: DeletePreconditions,
    options: ReadOptions,
  ): Promise<boolean> {
    return this.#answer(options, () => this.#store.delete(type, key, preconditions));
  }

  serviceAccountToken(key: ObjectKey): Promise<ServiceAccountToken> {
    const message = `there is no API server here that could give a token to ServiceAccount "${joinKey(key)}"; let the store log in another way, or run against a cluster`;
    return Promise.reject(new ClusterError('invalid', message));
  }

  async close(): Promise<void> {
    await this.#loop.close();
    await Promise.all([...this.#informers.keys()].map((informer) => informer.close()));
    this.#memory.flush();
  }

  /** A call of the port: never done at once, never after it was given up, and answered with a copy. */
  async #answer<T>({ signal }: ReadOptions, work: () => T): Promise<T> {
    await Promise.resolve();
    signal.throwIfAborted();
    return copyOf(work());
  }

  #matcher(options: Pick<WatchOptions<unknown>, 'namespace' | 'labelSelector' | 'fieldSelector'>) {
    const hasLabels = labelTest(options.labelSelector);
    const hasFields = fieldTest(options.fieldSelector);
    const { namespace } = options;
    return (object: StoredObject) =>
      (namespace === undefined || object.metadata.namespace === namespace) && hasLabels(object) && hasFields(object);
  }

  #pass(change: StoreChange): void {
    const id = kindId(change.kind);
    for (const [informer, wanted] of this.#informers) {
      if (wanted === id) informer.accept(change);
    }
  }

  #report(problem: ManifestProblem): void {
    this.#options.onProblem?.(problem);
  }

  #forgetOldEvents(): void {
    const events = this.#store.values(eventsType);
    for (const { metadata } of events.slice(0, -keptEvents)) this.#store.delete(eventsType, metadata);
  }
}

/** The real path of the output folder. */
function openOutput(path: string): string {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    const output = realpathSync(path);
    ensurePrivateFolder(join(output, '.esox'));
    return output;
  } catch (error) {
    throw ClusterError.is(error) ? error : cannot('use the output folder', path, error);
  }
}

function writeOf({ fieldManager, subresource }: WriteOptions): Write {
  return { manager: fieldManager ?? 'esox', subresource };
}

function viewer(view: 'object' | 'metadata' | undefined): (object: StoredObject) => KubernetesObject {
  if (view !== 'metadata') return (object) => object;
  return ({ apiVersion, kind, metadata }) => ({
    ...(apiVersion ? { apiVersion } : {}),
    ...(kind ? { kind } : {}),
    metadata,
  });
}
