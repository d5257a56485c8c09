import type { Provider } from '@esox/core';
import { readFile } from 'node:fs/promises';
import { admit, type RefusedPlugin } from './admit.ts';
import { discover } from './discover.ts';
import { readLock } from './integrity.ts';
import { PluginEntry, type PluginState } from './plugin-entry.ts';
import { PluginError } from './plugin-error.ts';

const IMPORT_TIMEOUT_MS = 10_000;

export interface PluginCatalogOptions {
  /** A `node_modules` folder to look in; it need not exist. */
  readonly nodeModules?: string | undefined;
  /** Folders that are plugins or hold some; each must exist. */
  readonly pluginDirs?: readonly string[] | undefined;
  /** Version of `@esox/core` in this process. */
  readonly coreVersion: string;
  /** Path of a lock file; with it, only what it names is loaded. */
  readonly lockFile?: string | undefined;
  /** Longest wait for one import; default 10,000 ms. */
  readonly importTimeoutMs?: number | undefined;
}

export interface PluginStatus {
  readonly name: string;
  readonly version: string;
  readonly folder: string;
  readonly providers: readonly string[];
  readonly generators: readonly string[];
  readonly state: PluginState;
  /** Why it is refused: a sentence part that follows its name. */
  readonly reason?: string | undefined;
  /** Where its schema is; undefined for a plugin that was not admitted. */
  readonly schemaPath?: string | undefined;
}

export interface LoadedProvider {
  readonly provider: Provider;
  readonly pluginName: string;
  readonly pluginVersion: string;
}

/** What a plugin's schema.json says about one provider. */
export interface ProviderSchemaFile {
  readonly id: string;
  readonly description: string;
  /** Structural schema of `spec.provider.<id>`. */
  readonly schema: Readonly<Record<string, unknown>>;
}

/** The plugins that were there when the process started. None is imported before a provider of it is asked for. */
export class PluginCatalog {
  readonly #entries: readonly PluginEntry[];
  readonly #refused: readonly RefusedPlugin[];
  readonly #importTimeoutMs: number;

  private constructor(
    entries: readonly PluginEntry[],
    refused: readonly RefusedPlugin[],
    importTimeoutMs: number | undefined,
  ) {
    this.#entries = entries;
    this.#refused = refused;
    this.#importTimeoutMs = importTimeoutMs ?? IMPORT_TIMEOUT_MS;
  }

  /**
   * Looks for plugins and decides which may be loaded; one that may not is listed with its reason.
   * @throws PluginError `invalid-plugin-dir`, `invalid-lock`.
   */
  static async open(options: PluginCatalogOptions): Promise<PluginCatalog> {
    const { nodeModules, pluginDirs = [], coreVersion, lockFile, importTimeoutMs } = options;
    const lock = lockFile === undefined ? undefined : await readLock(lockFile);
    const candidates = await discover({ ...(nodeModules !== undefined && { nodeModules }), pluginDirs });
    const { admitted, refused } = await admit(candidates, { coreVersion, ...(lock && { lock }) });
    const entries = admitted.map((manifest) => new PluginEntry(manifest, lock));
    return new PluginCatalog(entries, refused, importTimeoutMs);
  }

  /** Ids of the providers that can be used, sorted; one whose import failed is not among them. */
  providerIds(): string[] {
    const usable = this.#entries.filter(({ state }) => state !== 'refused');
    return usable.flatMap(({ manifest }) => manifest.providers).toSorted();
  }

  /** All plugins that were found, by name. */
  list(): PluginStatus[] {
    const admitted = this.#entries.map((entry) => statusOf(entry));
    const refused = this.#refused.map((plugin): PluginStatus => ({ ...plugin, state: 'refused' }));
    return [...admitted, ...refused].toSorted((one, other) => (one.name < other.name ? -1 : 1));
  }

  /**
   * The provider, importing its plugin if nobody has yet.
   * @throws PluginError `unknown-provider`, `refused`, `load-failed`; the signal's reason when it aborts.
   */
  async load(id: string, signal: AbortSignal): Promise<LoadedProvider> {
    signal.throwIfAborted();
    const entry = this.#entryFor(id);
    const { name, version } = entry.manifest;
    const aborted = Promise.withResolvers<never>();
    const onAbort = (): void => aborted.reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      const plugin = await Promise.race([entry.load(this.#importTimeoutMs), aborted.promise]);
      const provider = plugin.providers.find((candidate) => candidate.id === id);
      if (!provider) throw new PluginError('refused', 'its code brings other providers than before');
      return { provider, pluginName: name, pluginVersion: version };
    } catch (error) {
      throw error instanceof PluginError ? cannotUse(id, `${name} ${version}`, error) : error;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  /**
   * The schema that the plugin brings for one provider; its code is not imported.
   * @throws PluginError `unknown-provider`, `refused`.
   */
  async schemaOf(id: string): Promise<ProviderSchemaFile> {
    const { manifest } = this.#entryFor(id);
    const schema = schemaIn(await readFile(manifest.schemaPath, 'utf8').catch(() => ''), id);
    if (schema) return schema;
    const reason = new PluginError('refused', `its ${manifest.schema} has no schema for ${JSON.stringify(id)}`);
    throw cannotUse(id, `${manifest.name} ${manifest.version}`, reason);
  }

  #entryFor(id: string): PluginEntry {
    const entry = this.#entries.find(({ manifest }) => manifest.providers.includes(id));
    if (entry) return entry;
    const refused = this.#refused.find(({ providers }) => providers.includes(id));
    if (refused) {
      throw cannotUse(id, `${refused.name} ${refused.version}`, new PluginError('refused', refused.reason));
    }
    // Package names are lower case.
    const install = `install the package @esox/provider-${id.toLowerCase()}`;
    throw new PluginError(
      'unknown-provider',
      `no installed plugin brings the provider ${JSON.stringify(id)}: ${install}, or correct the name, and restart Esox`,
    );
  }
}

function statusOf({ manifest, state, failure }: PluginEntry): PluginStatus {
  const { name, version, folder, providers, generators, schemaPath } = manifest;
  return { name, version, folder, providers, generators, state, schemaPath, reason: failure?.message };
}

function cannotUse(id: string, plugin: string, { code, message }: PluginError): PluginError {
  return new PluginError(code, `the provider ${JSON.stringify(id)} cannot be used: plugin ${plugin}: ${message}`);
}

function schemaIn(text: string, id: string): ProviderSchemaFile | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  // A plugin of several providers has a list.
  return (Array.isArray(parsed) ? parsed : [parsed]).find((entry) => isSchema(entry) && entry.id === id);
}

function isSchema(value: unknown): value is ProviderSchemaFile {
  const { id, description, schema } = Object(value) as Record<string, unknown>;
  return typeof id === 'string' && typeof description === 'string' && typeof schema === 'object' && schema !== null;
}
