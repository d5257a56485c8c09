import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readSource, type Source } from './source.ts';

export interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly exports?: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly workspaces?: readonly string[];
  readonly esox?: { readonly schema?: unknown };
}

/** A package.json, which also knows on which line something stands. */
export interface ManifestFile {
  readonly file: string;
  readonly manifest: Manifest;
  lineOf(key: string): number;
}

export interface Workspace extends ManifestFile {
  /** Relative to the repository. */
  readonly folder: string;
  readonly sources: readonly Source[];
  /** Entry point (`.`, `./engine`) → layer. */
  readonly entries: ReadonlyMap<string, string>;
  /** The layer of a file of this workspace: that of the entry point next to or above it. */
  layerOf(file: string): string;
}

export function readManifest(root: string, folder: string): ManifestFile {
  const file = folder === '' ? 'package.json' : `${folder}/package.json`;
  const text = readFileSync(join(root, file), 'utf8');
  const lines = text.split('\n');
  return {
    file,
    manifest: JSON.parse(text) as Manifest,
    lineOf: (key) => Math.max(1, lines.findLastIndex((line) => line.trimStart().startsWith(`"${key}":`)) + 1),
  };
}

/** `files`: those of the repository. */
export function readWorkspace(root: string, folder: string, files: readonly string[]): Workspace {
  const manifestFile = readManifest(root, folder);
  const name = folder.replace(/^packages\//, '');
  const folders = new Map([[folder, name]]);
  const entries = new Map([['.', name]]);
  for (const [entry, target] of Object.entries(manifestFile.manifest.exports ?? {})) {
    const source = typeof target === 'string' ? target : (target['esox-source'] ?? '');
    if (!source.endsWith('.ts')) continue;
    const entryFolder = join(folder, dirname(source));
    const layer = folders.get(entryFolder) ?? join(name, entry);
    folders.set(entryFolder, layer);
    entries.set(entry, layer);
  }
  return {
    ...manifestFile,
    folder,
    entries,
    sources: files
      .filter((file) => file.startsWith(`${folder}/`) && file.endsWith('.ts') && !isData(file))
      .map((file) => readSource(file, readFileSync(join(root, file), 'utf8'))),
    layerOf: (file) => nearest(folders, file) ?? name,
  };
}

/** Files that nobody edits or that stand for somebody else's. */
export function isData(file: string): boolean {
  return /(?:^|\/)(?:fixtures|generated)\//.test(file);
}

function nearest(folders: ReadonlyMap<string, string>, file: string): string | undefined {
  for (let folder = dirname(file); folder !== '.'; folder = dirname(folder)) {
    const layer = folders.get(folder);
    if (layer !== undefined) return layer;
  }
  return undefined;
}
