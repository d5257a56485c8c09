import type { Plugins } from '@esox/controllers';
import { type Provider, ProviderError } from '@esox/core';
import { type PluginCatalog, PluginError } from '@esox/loader';

/** The installed plugins, as controllers see them. */
export class CatalogPlugins implements Plugins {
  readonly #catalog: PluginCatalog;

  constructor(catalog: PluginCatalog) {
    this.#catalog = catalog;
  }

  version(providerId: string): string {
    const plugin = this.#catalog.list().find(({ providers }) => providers.includes(providerId));
    // `load` knows the reason of a plugin that is missing or refused, and says it.
    return plugin?.version ?? 'none';
  }

  async load(providerId: string, signal: AbortSignal): Promise<Provider> {
    try {
      const { provider } = await this.#catalog.load(providerId, signal);
      return provider;
    } catch (error) {
      if (error instanceof PluginError) throw new ProviderError('invalid-config', error.message);
      throw error;
    }
  }
}
