import type { Plugin, Provider } from '@esox/core';
import type { Backend, Facts } from './backend.ts';

/** What a check is run on. */
export interface Subject {
  readonly plugin: Plugin;
  readonly facts: Facts;
  readonly backend: Backend;
}

/** One promise of the contract, and the proof of it. */
export interface Check {
  /** Completes the sentence "the provider …". */
  readonly title: string;
  /** Whether the promise is asked of such a provider. */
  applies(provider: Provider, facts: Facts): boolean;
  /** Rejects, saying what the provider did instead. */
  run(subject: Subject): Promise<void>;
}

/** The provider of a plugin that has exactly one. */
export function providerOf(plugin: Plugin): Provider {
  const [provider, ...others] = plugin.providers;
  if (!provider || others.length > 0) throw new Error('conformance needs a plugin with exactly one provider');
  return provider;
}

export const always = (): boolean => true;
