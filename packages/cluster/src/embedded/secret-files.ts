import { type Dirent, lstatSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse, stringify } from 'yaml';
import type { KubernetesObject, ObjectMeta } from '../port.ts';
import { splitKey } from '../port.ts';
import { ensurePrivateFolder, isTemporary, removeFile, writeAtomically } from './atomic-file.ts';
import { fromDotenv, toDotenv } from './dotenv.ts';
import { othersOwnData } from './managed-fields.ts';
import { manifestUid } from './manifest-uid.ts';
import { isRecord } from './merge-patch.ts';
import type { ObjectStore, StoreChange } from './object-store.ts';
import { describe, type Kind, type StoredObject } from './stored-object.ts';

export type OutputFormat = 'yaml' | 'dotenv';

/** The manager under which manifests are applied. */
export const manifestManager = 'manifest';

/** What a Secret's file does not say. There is no value in it. */
interface Companion {
  readonly metadata: Partial<ObjectMeta>;
  readonly type?: unknown;
  readonly immutable?: unknown;
}

const secrets: Kind = { group: '', version: 'v1', kind: 'Secret', namespaced: true };
const extensions: Record<OutputFormat, string> = { yaml: '.yaml', dotenv: '.env' };

/**
 * Secrets as files: `<namespace>/<name>.yaml`, which `kubectl apply` takes, or `.env`. What Kubernetes needs beyond
 * that, such as UID, owners and field managers, lies beside it in `.esox/secrets`, since it would be wrong elsewhere.
 */
export class SecretFiles {
  readonly #folder: string;
  readonly #format: OutputFormat;
  /** The files that are there, with their texts as they were written or read. */
  readonly #written = new Map<string, { text: string; companion: string | undefined }>();

  /** @param folder a real path, which exists. */
  constructor(folder: string, format: OutputFormat) {
    this.#folder = folder;
    this.#format = format;
  }

  pathOf(key: string, format: OutputFormat = this.#format): string {
    const { namespace = '', name } = splitKey(key);
    return join(this.#folder, namespace, `${name}${extensions[format]}`);
  }

  /** Puts the Secrets that are there into the store. A file that cannot be understood counts as absent. */
  load(store: ObjectStore): void {
    for (const folder of entriesOf(this.#folder)) {
      if (!folder.isDirectory() || folder.name.startsWith('.')) continue;
      for (const file of entriesOf(join(this.#folder, folder.name))) {
        if (file.isFile()) this.#loadFile(store, folder.name, file.name);
      }
    }
  }

  /** Makes a change of a Secret durable. Runs within the write, so that the file never lags behind the object. */
  persist({ kind, key, after }: StoreChange): void {
    if (kind.group !== '' || kind.kind !== 'Secret') return;
    if (after && isOutput(key, after)) this.#write(key, after);
    else if (this.#written.has(key)) this.#remove(key);
  }

  #write(key: string, secret: StoredObject): void {
    const text =
      this.#format === 'yaml' ? yamlOf(secret) : toDotenv(describe(secrets, secret.metadata), dataOf(secret));
    const companion = companionOf(secret);
    const before = this.#written.get(key);
    // The companion goes first: if the process ends between the two, the hash in it does not fit the data, and the
    // controller writes the Secret again.
    if (before?.companion !== companion) {
      ensurePrivateFolder(join(this.#folder, '.esox', 'secrets'));
      writePrivately(this.#companionPath(key), companion);
    }
    if (before?.text !== text) writePrivately(this.pathOf(key), text);
    this.#written.set(key, { text, companion });
  }

  #remove(key: string): void {
    removeFile(this.pathOf(key));
    removeFile(this.#companionPath(key));
    this.#written.delete(key);
  }

  #loadFile(store: ObjectStore, namespace: string, file: string): void {
    const path = join(this.#folder, namespace, file);
    if (isTemporary(file)) return removeFile(path);
    const format = formatOf(file);
    if (!format) return;
    const name = file.slice(0, -extensions[format].length);
    const key = `${namespace}/${name}`;
    const companionText = this.#companionText(key);
    const companion = companionFrom(companionText);
    const isForeign = format !== this.#format;
    // A file of the other format is ours to turn into this one only where we wrote it.
    if (isForeign && !companion) return;
    const loaded = read(path, format, companion);
    if (!loaded) return;
    if (!isForeign) this.#written.set(key, { text: loaded.text, companion: companionText });
    restore(store, { ...loaded.object, metadata: { ...loaded.object.metadata, namespace, name } }, companion);
    if (isForeign) removeFile(path);
  }

  #companionPath(key: string): string {
    const { namespace = '', name } = splitKey(key);
    return join(this.#folder, '.esox', 'secrets', namespace, `${name}.json`);
  }

  #companionText(key: string): string | undefined {
    try {
      return readFileSync(this.#companionPath(key), 'utf8');
    } catch {
      return undefined;
    }
  }
}

function companionFrom(text: string | undefined): Companion | undefined {
  if (text === undefined) return undefined;
  try {
    const companion: unknown = JSON.parse(text);
    return isRecord(companion) && isRecord(companion['metadata']) ? (companion as unknown as Companion) : undefined;
  } catch {
    return undefined;
  }
}

function writePrivately(path: string, text: string): void {
  ensurePrivateFolder(dirname(path));
  writeAtomically(path, text);
}

/** A Secret of a manifest is input, until somebody puts data into it. */
function isOutput(key: string, secret: StoredObject): boolean {
  const isInput = secret.metadata.uid === manifestUid(secrets, splitKey(key));
  return !isInput || othersOwnData(secret, manifestManager);
}

function yamlOf(secret: StoredObject): string {
  const { name, namespace, labels, annotations } = secret.metadata;
  const { type, immutable } = secret;
  const metadata = { name, namespace, labels, annotations };
  const manifest = { apiVersion: 'v1', kind: 'Secret', metadata, type, immutable, data: dataOf(secret) };
  return stringify(JSON.parse(JSON.stringify(manifest)), { lineWidth: 0 });
}

function companionOf({ metadata, type, immutable }: StoredObject): string {
  const { resourceVersion: _version, ...kept } = metadata;
  return `${JSON.stringify({ metadata: kept, type, immutable })}\n`;
}

function dataOf(secret: StoredObject): Record<string, string> {
  const data = Object.entries((secret['data'] ?? {}) as Record<string, string>);
  return Object.fromEntries(data.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function restore(store: ObjectStore, object: StoredObject, companion: Companion | undefined): void {
  const { uid, creationTimestamp, managedFields } = companion?.metadata ?? {};
  store.create(secrets, object, { manager: 'unknown' }, { uid, creationTimestamp, managedFields });
}

function read(
  path: string,
  format: OutputFormat,
  companion: Companion | undefined,
): { text: string; object: StoredObject } | undefined {
  try {
    const text = readFileSync(path, 'utf8');
    const { metadata: { finalizers, ownerReferences, labels, annotations } = {}, ...fields } = companion ?? {};
    const rest = { ...(finalizers ? { finalizers } : {}), ...(ownerReferences ? { ownerReferences } : {}) };
    if (format === 'dotenv') {
      const metadata = { name: '', ...rest, ...(labels ? { labels } : {}), ...(annotations ? { annotations } : {}) };
      return { text, object: { ...fields, metadata, data: fromDotenv(text) } };
    }
    const manifest = parse(text) as KubernetesObject;
    return { text, object: { ...manifest, metadata: { ...manifest.metadata, ...rest } } };
  } catch {
    return undefined;
  }
}

function formatOf(file: string): OutputFormat | undefined {
  if (file.endsWith(extensions.yaml)) return 'yaml';
  return file.endsWith(extensions.dotenv) ? 'dotenv' : undefined;
}

function entriesOf(folder: string): Dirent[] {
  return lstatSync(folder).isDirectory() ? readdirSync(folder, { withFileTypes: true }) : [];
}
