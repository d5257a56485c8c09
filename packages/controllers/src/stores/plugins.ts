import type { Provider } from '@esox/core';

/** Where controllers get providers from; the operator implements it over the loader. */
export interface Plugins {
  /** Version of the package that serves a provider id; `none` where none does. */
  version(providerId: string): string;
  /** Imports the package on first use. Rejects with a ProviderError `invalid-config` that says why it cannot. */
  load(providerId: string, signal: AbortSignal): Promise<Provider>;
}
