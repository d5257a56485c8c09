import type { Dirent } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { cannot, systemCode } from './atomic-file.ts';
import { type Manifest, type ManifestProblem, parseManifests } from './manifest-parser.ts';

export interface Scan {
  readonly manifests: readonly Manifest[];
  readonly problems: readonly ManifestProblem[];
  /** All folders that may hold manifests, to be watched. */
  readonly folders: ReadonlySet<string>;
}

interface KnownFile {
  readonly fingerprint: string;
  readonly manifests: readonly Manifest[];
  readonly problems: readonly ManifestProblem[];
}

interface Listing {
  readonly files: string[];
  readonly folders: Set<string>;
  readonly problems: ManifestProblem[];
}

const manifestFile = /\.(ya?ml|json)$/;

/** Reads a folder of manifests over and over; a file that has not changed is not read again. */
export class ManifestFolder {
  readonly #root: string;
  readonly #excluded: string;
  #known = new Map<string, KnownFile>();

  /** @param excluded a folder in which nothing is a manifest, though it may lie within. */
  constructor(root: string, excluded: string) {
    this.#root = root;
    this.#excluded = excluded;
  }

  /**
   * What is there now. A file that cannot be read or parsed counts with what it held when it last could be. Throws
   * where the folder itself cannot be read.
   */
  async scan(): Promise<Scan> {
    const listing: Listing = { files: [], folders: new Set(), problems: [] };
    await this.#list(this.#root, listing);
    const known = new Map<string, KnownFile>();
    for (const path of listing.files.toSorted()) {
      const file = await this.#read(path);
      if (file) known.set(path, file);
    }
    this.#known = known;
    const files = [...known.values()];
    return {
      manifests: files.flatMap(({ manifests }) => manifests),
      problems: [...listing.problems, ...files.flatMap(({ problems }) => problems)],
      folders: listing.folders,
    };
  }

  async #list(folder: string, listing: Listing): Promise<void> {
    let entries: Dirent[];
    try {
      entries = await readdir(folder, { withFileTypes: true });
    } catch (error) {
      if (folder === this.#root) throw cannot('read the manifests folder', folder, error);
      if (systemCode(error) === 'ENOENT') return;
      this.#keepBelow(folder, listing);
      listing.problems.push(this.#problem(folder, error));
      return;
    }
    listing.folders.add(folder);
    for (const entry of entries) {
      const path = join(folder, entry.name);
      if (entry.name.startsWith('.') || entry.name === 'node_modules' || path === this.#excluded) continue;
      if (entry.isDirectory()) await this.#list(path, listing);
      else if (manifestFile.test(entry.name)) listing.files.push(path);
    }
  }

  /** What lies in a folder that cannot be read at the moment has not been deleted. */
  #keepBelow(folder: string, listing: Listing): void {
    const below = [...this.#known.keys()].filter((path) => path.startsWith(`${folder}/`));
    listing.files.push(...below);
  }

  async #read(path: string): Promise<KnownFile | undefined> {
    const before = this.#known.get(path);
    let fingerprint = '';
    try {
      const { mtimeNs, ctimeNs, size, ino } = await stat(path, { bigint: true });
      fingerprint = [mtimeNs, ctimeNs, size, ino].join(' ');
      if (fingerprint === before?.fingerprint) return before;
      const parsed = parseManifests(relative(this.#root, path), await readFile(path, 'utf8'));
      const manifests = parsed.ok ? parsed.manifests : (before?.manifests ?? []);
      return { fingerprint, manifests, problems: parsed.problems };
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return undefined;
      return { fingerprint: '', manifests: before?.manifests ?? [], problems: [this.#problem(path, error)] };
    }
  }

  #problem(path: string, error: unknown): ManifestProblem {
    const message = `cannot be read: ${systemCode(error)}`;
    return { file: relative(this.#root, path), document: 0, path: '', message };
  }
}
