export type KeyValueData = Readonly<Record<string, string>>;

interface Version {
  readonly data: KeyValueData;
  readonly createdAt: string;
}

/** The content of a KV version 2 engine, every version of it. */
export class KeyValueEngine {
  readonly #keys = new Map<string, Version[]>();

  /** Writes a new version. */
  put(key: string, data: KeyValueData): void {
    const versions = this.#keys.get(key) ?? [];
    versions.push({ data, createdAt: new Date().toISOString() });
    this.#keys.set(key, versions);
  }

  /** What the key holds now. Throws for a key that was never put: the bench itself asks. */
  current(key: string): KeyValueData {
    const version = this.#keys.get(key)?.at(-1);
    if (version === undefined) throw new Error(`the backend has no key ${key}`);
    return version.data;
  }

  /** As the API answers it; 0 is the newest version. Undefined where key or version do not exist. */
  read(key: string, wanted: number): object | undefined {
    const versions = this.#keys.get(key) ?? [];
    const number = wanted === 0 ? versions.length : wanted;
    const version = versions[number - 1];
    if (version === undefined) return undefined;
    return { data: version.data, metadata: { ...versionMetadata(version), custom_metadata: null, version: number } };
  }

  /** As the API answers it; undefined where the key does not exist. */
  metadata(key: string): object | undefined {
    const versions = this.#keys.get(key);
    const [first, last] = [versions?.[0], versions?.at(-1)];
    if (versions === undefined || first === undefined || last === undefined) return undefined;
    return {
      cas_required: false,
      created_time: first.createdAt,
      current_version: versions.length,
      custom_metadata: null,
      delete_version_after: '0s',
      max_versions: 0,
      oldest_version: 0,
      updated_time: last.createdAt,
      versions: Object.fromEntries(versions.map((version, index) => [String(index + 1), versionMetadata(version)])),
    };
  }
}

function versionMetadata({ createdAt }: Version): object {
  return { created_time: createdAt, deletion_time: '', destroyed: false };
}
