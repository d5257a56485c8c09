import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { EXTERNAL_SECRETS } from '@esox/api';
import { ClusterError } from '../errors.ts';
import { joinKey } from '../port.ts';
import { writeAtomically } from './atomic-file.ts';
import type { ManifestProblem } from './manifest-parser.ts';
import { isRecord } from './merge-patch.ts';
import type { ObjectStore, Past, StoreChange } from './object-store.ts';
import { type Kind, kindId, type StoredObject } from './stored-object.ts';

interface Remembered {
  readonly uid: string;
  readonly generation: number;
  readonly specHash: string;
  readonly status?: unknown;
}

const format = 1;
const delayMs = 100;
const externalSecrets = kindId(EXTERNAL_SECRETS);

/**
 * The status of every ExternalSecret in a file, so that a restart knows what was refreshed when, and for which
 * generation. There is no value of a secret in a status.
 */
export class SyncMemory {
  readonly #path: string;
  readonly #entries: Map<string, Remembered>;
  readonly #onProblem: (problem: ManifestProblem) => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(path: string, store: ObjectStore, onProblem: (problem: ManifestProblem) => void) {
    this.#path = path;
    this.#onProblem = onProblem;
    this.#entries = load(path);
    store.subscribe((change) => this.#note(change));
  }

  /**
   * What a manifest's object had when the process ended. A spec that was edited meanwhile is a new generation.
   * @param object checked and with its defaults.
   */
  pastOf(kind: Kind, uid: string, object: StoredObject): Past {
    const entry = kindId(kind) === externalSecrets ? this.#entries.get(joinKey(object.metadata)) : undefined;
    if (entry?.uid !== uid) return {};
    const isSame = entry.specHash === hashOf(object['spec']);
    return { generation: entry.generation + (isSame ? 0 : 1), status: entry.status };
  }

  /** Forgets objects that are not there any more. */
  settle(store: ObjectStore): void {
    const present = new Set(store.values(EXTERNAL_SECRETS).map(({ metadata }) => joinKey(metadata)));
    for (const key of [...this.#entries.keys()]) {
      if (!present.has(key)) this.#entries.delete(key);
    }
  }

  flush(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    try {
      writeAtomically(
        this.#path,
        `${JSON.stringify({ format, externalSecrets: Object.fromEntries(this.#entries) })}\n`,
      );
    } catch (error) {
      const message = ClusterError.is(error) ? error.message : 'cannot be written';
      this.#onProblem({ file: '.esox/status.json', document: 0, path: '', message });
    }
  }

  #note({ kind, key, after }: StoreChange): void {
    if (kindId(kind) !== externalSecrets) return;
    if (after) {
      const { uid = '', generation = 1 } = after.metadata;
      this.#entries.set(key, { uid, generation, specHash: hashOf(after['spec']), status: after['status'] });
    } else {
      this.#entries.delete(key);
    }
    this.#timer ??= setTimeout(() => this.flush(), delayMs);
  }
}

/** Whatever the order of the fields. */
function hashOf(spec: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(sorted(spec)) ?? '')
    .digest('hex');
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isRecord(value)) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, entry]) => [key, sorted(entry)]));
}

/** A file that is missing or broken means that everything is refreshed once more. */
function load(path: string): Map<string, Remembered> {
  try {
    const file: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (!isRecord(file) || file['format'] !== format || !isRecord(file['externalSecrets'])) return new Map();
    return new Map(Object.entries(file['externalSecrets'] as Record<string, Remembered>));
  } catch {
    return new Map();
  }
}
