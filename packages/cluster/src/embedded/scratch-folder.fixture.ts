import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubernetesObject, ResourceType } from '../port.ts';
import { type EmbeddedCluster, type EmbeddedOptions, openEmbedded } from './embedded-cluster.ts';
import type { ManifestProblem } from './manifest-parser.ts';

export const secretsType: ResourceType = {
  group: '',
  version: 'v1',
  kind: 'Secret',
  plural: 'secrets',
  namespaced: true,
};
export const namespacesType: ResourceType = {
  ...secretsType,
  kind: 'Namespace',
  plural: 'namespaces',
  namespaced: false,
};

export interface OpenedCluster extends AsyncDisposable {
  readonly cluster: EmbeddedCluster;
  readonly reported: ManifestProblem[];
}

/** A folder of manifests with an output folder beside it, both gone at the end of the test. */
export class ScratchFolder implements AsyncDisposable {
  readonly root: string;
  readonly manifests: string;
  readonly output: string;

  private constructor(root: string) {
    this.root = root;
    this.manifests = join(root, 'manifests');
    this.output = join(root, 'output');
  }

  static async create(): Promise<ScratchFolder> {
    const folder = new ScratchFolder(await mkdtemp(join(tmpdir(), 'esox-embedded-')));
    await mkdir(folder.manifests);
    return folder;
  }

  async write(file: string, text: string): Promise<void> {
    const path = join(this.manifests, file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }

  async remove(file: string): Promise<void> {
    await rm(join(this.manifests, file), { recursive: true });
  }

  read(file: string): Promise<string> {
    return readFile(join(this.output, file), 'utf8');
  }

  /** Permission bits, as `600`. */
  async mode(file: string): Promise<string> {
    return ((await stat(join(this.output, file))).mode & 0o777).toString(8);
  }

  /** Files of the output, without what is in `.esox`. */
  async files(): Promise<string[]> {
    const entries = await readdir(this.output, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile() && !entry.parentPath.includes('.esox'));
    return files.map((entry) => join(entry.parentPath, entry.name).slice(this.output.length + 1)).toSorted();
  }

  async open(options: Partial<EmbeddedOptions> = {}): Promise<OpenedCluster> {
    const reported: ManifestProblem[] = [];
    const cluster = await openEmbedded({
      manifests: this.manifests,
      output: this.output,
      validate: (value) => ({ ok: true, value }),
      onProblem: (problem) => reported.push(problem),
      ...options,
    });
    return { cluster, reported, [Symbol.asyncDispose]: () => cluster.close() };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return rm(this.root, { recursive: true, force: true });
  }
}

/** Waits for what follows from a change of a file. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const signal = AbortSignal.timeout(15_000);
  while (!(await condition())) {
    signal.throwIfAborted();
    await sleep(10);
  }
}

export function externalSecret(name: string, spec: object = {}, metadata: object = {}): string {
  return JSON.stringify({
    apiVersion: 'external-secrets.io/v1',
    kind: 'ExternalSecret',
    metadata: { name, namespace: 'team-a', ...metadata },
    spec,
  });
}

export function secretObject(name: string, data: Record<string, string>, metadata: object = {}): KubernetesObject {
  const encoded = Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]);
  const object = { metadata: { name, namespace: 'team-a', ...metadata }, data: Object.fromEntries(encoded) };
  return { apiVersion: 'v1', kind: 'Secret', ...object };
}
