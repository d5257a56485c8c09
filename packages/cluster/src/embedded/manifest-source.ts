import { createHash } from 'node:crypto';
import { ClusterError } from '../errors.ts';
import type { ObjectMeta } from '../port.ts';
import { splitKey } from '../port.ts';
import { droppedByApply } from './managed-fields.ts';
import type { ManifestFolder, Scan } from './manifest-folder.ts';
import { keyIn, kindOf, type Manifest, type ManifestProblem } from './manifest-parser.ts';
import { manifestUid } from './manifest-uid.ts';
import { mergePatch } from './merge-patch.ts';
import { InvalidObjectError, withKindDefaults } from './object-rules.ts';
import type { ObjectStore, Past } from './object-store.ts';
import { manifestManager } from './secret-files.ts';
import { describe, type Kind, kindId, type StoredObject } from './stored-object.ts';

/** What became of a manifest. */
interface Applied {
  readonly kind: Kind;
  readonly key: string;
  /** Of the text as it was, so that only what changed is applied again. */
  readonly hash: string;
  readonly problems: readonly ManifestProblem[];
}

export interface ManifestSourceOptions {
  readonly store: ObjectStore;
  readonly folder: ManifestFolder;
  readonly now: () => number;
  /** What is remembered of an object from before the start. */
  readonly pastOf: (kind: Kind, uid: string, object: StoredObject) => Past;
  /** An object is gone though its manifest is there: the next look makes it anew. */
  readonly onLost: () => void;
}

/**
 * How long an object must have been missing from the manifests before it counts as deleted: an editor may empty a file,
 * or take it away, before it writes it anew.
 */
const settleMs = 250;

/** Keeps the store's objects equal to a folder of manifests, as repeated `kubectl apply --prune` would. */
export class ManifestSource {
  readonly #options: ManifestSourceOptions;
  readonly #applied = new Map<string, Applied>();
  readonly #missingSince = new Map<string, number>();
  readonly #lastGenerations = new Map<string, number>();
  #problems: readonly ManifestProblem[] = [];
  #folders: Scan['folders'] = new Set();

  constructor(options: ManifestSourceOptions) {
    this.#options = options;
    options.store.subscribe(({ kind, key, before, after }) => {
      if (after || !before) return;
      const { uid = '', generation } = before.metadata;
      if (generation !== undefined) this.#lastGenerations.set(uid, generation);
      if (this.#applied.delete(`${kindId(kind)} ${key}`)) options.onLost();
    });
  }

  /** Those of the last look. */
  get problems(): readonly ManifestProblem[] {
    return this.#problems;
  }

  /** Where the last look found, or may find, manifests. */
  get folders(): Scan['folders'] {
    return this.#folders;
  }

  /**
   * Looks at the folder and applies what is new. Throws where the folder cannot be read: nothing is changed then.
   * @returns how long to wait before the next look, in ms, if something is not decided yet.
   */
  async sync(): Promise<number | undefined> {
    const scan = await this.#options.folder.scan();
    const wanted = new Map<string, Manifest>();
    const problems = [...scan.problems];
    for (const manifest of scan.manifests) {
      const id = idOf(manifest);
      const first = wanted.get(id);
      if (first) problems.push(duplicate(manifest, first));
      else wanted.set(id, manifest);
    }
    for (const [id, manifest] of wanted) problems.push(...this.#applyOnce(id, manifest));
    const wait = this.#removeMissing(wanted);
    this.#problems = problems;
    this.#folders = scan.folders;
    return wait;
  }

  /** Deletes Secrets that came from manifests which were taken away while nobody was looking. */
  settle(): void {
    const { store } = this.#options;
    const secrets: Kind = { group: '', version: 'v1', kind: 'Secret', namespaced: true };
    for (const { metadata } of store.values(secrets)) {
      const key = keyIn(secrets, { metadata });
      const isFromManifest = metadata.uid === manifestUid(secrets, key);
      if (isFromManifest && !this.#applied.has(`${kindId(secrets)} ${key.namespace}/${key.name}`)) {
        store.delete(secrets, key);
      }
    }
  }

  #applyOnce(id: string, manifest: Manifest): readonly ManifestProblem[] {
    const hash = createHash('sha256').update(JSON.stringify(manifest.object)).digest('hex');
    const before = this.#applied.get(id);
    if (before?.hash === hash) return before.problems.map((problem) => ({ ...problem, ...positionOf(manifest) }));
    const kind = kindOf(manifest.object);
    const problems = this.#apply(kind, manifest);
    this.#applied.set(id, { kind, key: id.slice(id.indexOf(' ') + 1), hash, problems });
    return problems;
  }

  #apply(kind: Kind, manifest: Manifest): ManifestProblem[] {
    const key = keyIn(kind, manifest.object);
    const object = describe(kind, key);
    try {
      const body = withKindDefaults(kind, cleaned(manifest.object, key));
      this.#put(kind, body);
      return [];
    } catch (error) {
      if (!ClusterError.is(error)) throw error;
      const at = { ...positionOf(manifest), object };
      if (!(error instanceof InvalidObjectError)) return [{ ...at, path: '', message: error.message }];
      return error.problems.map(({ path, message }) => ({ ...at, path, message }));
    }
  }

  #put(kind: Kind, body: StoredObject): void {
    const { store, pastOf } = this.#options;
    const write = { manager: manifestManager, applied: body };
    const current = store.get(kind, body.metadata);
    if (current) {
      store.replace(kind, onto(current, body), write);
      return;
    }
    const uid = manifestUid(kind, body.metadata);
    const last = this.#lastGenerations.get(uid);
    const past = last === undefined ? pastOf(kind, uid, store.admit(kind, undefined, body)) : { generation: last + 1 };
    store.create(kind, body, write, { ...past, uid });
  }

  #removeMissing(wanted: ReadonlyMap<string, Manifest>): number | undefined {
    const now = this.#options.now();
    let isWaiting = false;
    for (const [id, { kind, key }] of [...this.#applied]) {
      if (wanted.has(id)) {
        this.#missingSince.delete(id);
        continue;
      }
      const since = this.#missingSince.get(id) ?? now;
      this.#missingSince.set(id, since);
      if (now - since < settleMs) isWaiting = true;
      else this.#remove(id, kind, key);
    }
    return isWaiting ? settleMs : undefined;
  }

  #remove(id: string, kind: Kind, key: string): void {
    const { store } = this.#options;
    this.#missingSince.delete(id);
    this.#applied.delete(id);
    const current = store.get(kind, splitKey(key));
    if (!current) return;
    store.delete(kind, splitKey(key));
    // A namespace goes back to what it is without a manifest: objects may live in it.
    if (kind.group === '' && kind.kind === 'Namespace') store.ensureNamespace(key);
  }
}

function idOf({ object }: Manifest): string {
  const kind = kindOf(object);
  const { namespace, name } = keyIn(kind, object);
  return `${kindId(kind)} ${namespace === undefined ? name : `${namespace}/${name}`}`;
}

function positionOf({ file, document }: Manifest): { file: string; document: number } {
  return { file, document };
}

function duplicate(manifest: Manifest, first: Manifest): ManifestProblem {
  const kind = kindOf(manifest.object);
  const message = `is in ${first.file} (document ${first.document}) as well, which counts; remove one of the two`;
  return { ...positionOf(manifest), object: describe(kind, keyIn(kind, manifest.object)), path: '', message };
}

/** What an author decides on. The rest of an exported manifest belongs to the cluster that it comes from. */
function cleaned(
  { status: _status, ...object }: StoredObject,
  key: Pick<ObjectMeta, 'name' | 'namespace'>,
): StoredObject {
  const { labels, annotations, finalizers } = object.metadata;
  const metadata = {
    ...key,
    ...(labels ? { labels } : {}),
    ...(annotations ? { annotations } : {}),
    ...(finalizers ? { finalizers } : {}),
  };
  return { ...object, metadata };
}

/**
 * The current object with the manifest applied to it: labels, annotations and data key by key, since controllers add
 * to them, everything else as the manifest has it.
 */
function onto(current: StoredObject, body: StoredObject): StoredObject {
  const { metadata, ...fields } = body;
  const trimmed = mergePatch(current, droppedByApply(current, body, manifestManager)) as StoredObject;
  const { labels, annotations } = mergePatch(trimmed.metadata, {
    labels: metadata.labels ?? {},
    annotations: metadata.annotations ?? {},
  }) as ObjectMeta;
  const finalizers = [...new Set([...(trimmed.metadata.finalizers ?? []), ...(metadata.finalizers ?? [])])];
  const { ownerReferences } = trimmed.metadata;
  return {
    ...fields,
    ...dataOnto(trimmed['data'], body['data']),
    metadata: {
      name: metadata.name,
      ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
      ...(labels ? { labels } : {}),
      ...(annotations ? { annotations } : {}),
      finalizers,
      ...(ownerReferences ? { ownerReferences } : {}),
    },
  };
}

function dataOnto(current: unknown, wanted: unknown): { data?: unknown } {
  if (current === undefined && wanted === undefined) return {};
  return { data: mergePatch(current ?? {}, wanted ?? {}) };
}
