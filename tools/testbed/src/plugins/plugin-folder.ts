import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export interface PluginFolder extends AsyncDisposable {
  readonly path: string;
  /** Writes files, by path relative to the folder; an object becomes JSON. */
  write(files: Readonly<Record<string, string | object>>): Promise<void>;
  read(path: string): Promise<string | undefined>;
}

export async function pluginFolder(files: Readonly<Record<string, string | object>> = {}): Promise<PluginFolder> {
  const base = await mkdtemp(join(tmpdir(), 'esox-plugins-'));
  // vitest leaves files below a node_modules to Node's own import.
  const path = join(base, 'node_modules');
  await mkdir(path);
  const folder: PluginFolder = {
    path,
    async write(more) {
      for (const [name, content] of Object.entries(more)) {
        await mkdir(dirname(join(path, name)), { recursive: true });
        await writeFile(join(path, name), typeof content === 'string' ? content : JSON.stringify(content));
      }
    },
    read: (name) =>
      readFile(join(path, name), 'utf8').then(
        (text) => text,
        () => undefined,
      ),
    [Symbol.asyncDispose]: () => rm(base, { recursive: true }),
  };
  await folder.write(files);
  return folder;
}

export interface PluginDescription {
  /** Where in the folder; default: the package's name. */
  readonly at?: string;
  readonly id?: string;
  /** Merged into package.json. */
  readonly packageJson?: object;
  /** Merged into `esox`. */
  readonly esox?: object;
  /** The whole entry; default: a provider with the id of the manifest. */
  readonly code?: string;
}

/** The files of a package that wants to be a plugin. */
export function pluginFiles(name: string, description: PluginDescription = {}): Record<string, string | object> {
  const { at = name, id = 'good', packageJson, esox, code = pluginCode(id) } = description;
  return {
    [`${at}/package.json`]: {
      name,
      version: '1.0.0',
      type: 'module',
      exports: { '.': './index.js' },
      peerDependencies: { '@esox/core': '^0.1.0' },
      ...packageJson,
      esox: { spec: 'v1', providers: [id], schema: './schema.json', stability: 'stable', ...esox },
    },
    [`${at}/index.js`]: code,
    [`${at}/schema.json`]: { id, description: 'A test.', schema: { type: 'object' } },
  };
}

/** Leaves a letter in the file `imported` each time that it runs. */
export function pluginCode(id: string, changes = ''): string {
  return `
    import { appendFileSync } from 'node:fs';
    appendFileSync(new URL('./imported', import.meta.url), 'x');
    const provider = {
      spec: 'v1',
      id: '${id}',
      config: { '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value }) } },
      capabilities: [],
      documents: { property: ['path'], missingProperty: 'not-found', map: 'source' },
      connect: async () => ({}),
    };
    const plugin = { esox: 'v1', providers: [provider] };
    ${changes}
    export default plugin;`;
}
