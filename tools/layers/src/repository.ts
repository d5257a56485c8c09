import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type ManifestFile, readManifest, readWorkspace, type Workspace } from './workspace.ts';

export interface Repository {
  /** All files but installed and built ones; relative, with `/`. */
  readonly files: readonly string[];
  readonly root: ManifestFile;
  readonly workspaces: readonly Workspace[];
  /** The text of a file; empty where there is none. */
  read(file: string): string;
}

const NOT_OURS = new Set(['node_modules', 'dist', 'coverage']);

export function readRepository(folder: string): Repository {
  const files = globSync('**/*', {
    cwd: folder,
    withFileTypes: true,
    exclude: (entry) => NOT_OURS.has(entry.name) || entry.name.startsWith('.'),
  })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .toSorted();
  const root = readManifest(folder, '');
  const known = new Set(files);
  const folders = globSync([...(root.manifest.workspaces ?? [])], { cwd: folder })
    .filter((workspace) => known.has(`${workspace}/package.json`))
    .toSorted();
  return {
    files,
    root,
    workspaces: folders.map((workspace) => readWorkspace(folder, workspace, files)),
    read: (file) => (known.has(file) ? readFileSync(join(folder, file), 'utf8') : ''),
  };
}

/** The names of what a manifest declares, by the parts of the manifest. */
export function declared({ manifest }: ManifestFile): {
  readonly runtime: ReadonlySet<string>;
  readonly development: ReadonlySet<string>;
} {
  return {
    runtime: new Set([...Object.keys(manifest.dependencies ?? {}), ...Object.keys(manifest.peerDependencies ?? {})]),
    development: new Set(Object.keys(manifest.devDependencies ?? {})),
  };
}

/** The name without what follows the first dot. */
export function stem(file: string): string {
  return basename(file).split('.')[0] ?? '';
}
