import type { Plugin } from '@esox/core';
import { pathToFileURL } from 'node:url';
import type { AdmittedPlugin } from './admit.ts';
import { lockProblem, type PluginLock } from './integrity.ts';
import { pluginOf } from './plugin-module.ts';
import { kindOfError, PluginError } from './plugin-error.ts';

export type PluginState = 'available' | 'loaded' | 'refused';

/** An admitted plugin: imported at most once, on first use. */
export class PluginEntry {
  readonly manifest: AdmittedPlugin;
  readonly #lock: PluginLock | undefined;
  #importing: Promise<Plugin> | undefined;
  #plugin: Plugin | undefined;
  #failure: PluginError | undefined;

  constructor(manifest: AdmittedPlugin, lock: PluginLock | undefined) {
    this.manifest = manifest;
    this.#lock = lock;
  }

  get state(): PluginState {
    if (this.#plugin) return 'loaded';
    return this.#failure ? 'refused' : 'available';
  }

  /** Why it cannot be used now. */
  get failure(): PluginError | undefined {
    return this.#failure;
  }

  /**
   * The plugin's code. A failure is remembered; an import that takes too long is given up after `timeoutMs`, and used
   * after all if it ends later.
   */
  async load(timeoutMs: number): Promise<Plugin> {
    if (this.#plugin) return this.#plugin;
    if (this.#failure) throw this.#failure;
    this.#importing ??= this.#import();
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => late.reject(this.#giveUp(timeoutMs)), timeoutMs);
    try {
      return await Promise.race([this.#importing, late.promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  #giveUp(timeoutMs: number): PluginError {
    this.#failure = new PluginError('load-failed', `importing it did not end within ${timeoutMs / 1000} s`);
    return this.#failure;
  }

  async #import(): Promise<Plugin> {
    try {
      // Once more: the files may have changed since the start.
      const problem = this.#lock && (await lockProblem(this.manifest, this.#lock));
      if (problem !== undefined) throw new PluginError('refused', problem);
      const plugin = pluginOf(await importFile(this.manifest.entryPath), this.manifest);
      this.#plugin = plugin;
      this.#failure = undefined;
      return plugin;
    } catch (error) {
      this.#failure =
        error instanceof PluginError
          ? error
          : new PluginError('load-failed', `importing it threw ${kindOfError(error)}`);
      throw this.#failure;
    }
  }
}

function importFile(path: string): Promise<unknown> {
  // The comment keeps test runners and bundlers from rewriting what must be Node's own import.
  return import(/* @vite-ignore */ pathToFileURL(path).href);
}
