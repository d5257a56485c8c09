import type { SecretStore, StoreCondition } from '@esox/api';
import { type Cluster, ClusterError, type Informer, type KubernetesObject } from '@esox/cluster';
import { type Clock, ProviderError } from '@esox/core';
import { RE2JS } from 're2js';
import { matchesLabels } from './label-selector.ts';
import { NAMESPACES } from '../resource-types.ts';

interface NamespaceFacts {
  readonly labels: Readonly<Record<string, string>>;
}

/** How long the first look waits for the watch before the API server is asked for each namespace. */
const mostWaitMs = 5_000;

/** Whether a ClusterSecretStore may be used from a namespace. Namespaces are watched once a store asks about them. */
export class NamespaceRules {
  readonly #cluster: Cluster;
  readonly #clock: Clock;
  readonly #closed = new AbortController();
  #watch: { readonly namespaces: Informer<NamespaceFacts>; readonly ready: Promise<unknown> } | undefined;

  constructor(cluster: Cluster, clock: Clock) {
    this.#cluster = cluster;
    this.#clock = clock;
  }

  /** Throws `denied` where no condition matches; a store without conditions is open to all. */
  async allow(store: SecretStore, namespace: string, signal: AbortSignal): Promise<void> {
    const conditions = store.spec.conditions ?? [];
    if (conditions.length === 0) return;
    const facts = await this.#factsOf(namespace, signal);
    // In order, and the first match ends the search: a broken expression behind it does no harm.
    if (conditions.some((condition) => matches(condition, namespace, facts))) return;
    throw new ProviderError(
      'denied',
      `ClusterSecretStore "${store.metadata.name}" does not allow namespace "${namespace}": none of its spec.conditions matches; extend them, or use another store`,
    );
  }

  async close(): Promise<void> {
    this.#closed.abort();
    await this.#watch?.namespaces.close();
  }

  /** A namespace that the watch does not tell of may be new, or the watch may not be allowed. */
  async #factsOf(namespace: string, signal: AbortSignal): Promise<NamespaceFacts> {
    this.#watch ??= this.#open();
    await this.#watch.ready;
    return this.#watch.namespaces.get(namespace) ?? this.#read(namespace, signal);
  }

  #open(): { namespaces: Informer<NamespaceFacts>; ready: Promise<unknown> } {
    const namespaces = this.#cluster.watch(NAMESPACES, { view: 'metadata', trim: namespaceFacts });
    // The sleep rejects when the rules are closed.
    const limit = this.#clock.sleep(mostWaitMs, this.#closed.signal).catch(() => undefined);
    return { namespaces, ready: Promise.race([namespaces.synced, limit]) };
  }

  async #read(name: string, signal: AbortSignal): Promise<NamespaceFacts> {
    const object = await this.#cluster.get(NAMESPACES, { name }, { signal }).catch((error: unknown) => {
      if (!ClusterError.is(error)) throw error;
      const code = error.code === 'forbidden' ? 'denied' : 'unavailable';
      throw new ProviderError(code, `cannot look the namespace "${name}" up for spec.conditions: ${error.message}`);
    });
    if (object) return namespaceFacts(object);
    throw new ProviderError('unavailable', `the namespace "${name}" does not exist`);
  }
}

function namespaceFacts(object: KubernetesObject): NamespaceFacts {
  return { labels: object.metadata.labels ?? {} };
}

function matches(condition: StoreCondition, namespace: string, facts: NamespaceFacts): boolean {
  const { namespaceSelector, namespaces, namespaceRegexes } = condition;
  if (namespaceSelector && matchesLabels(namespaceSelector, facts.labels)) return true;
  if (namespaces?.includes(facts.labels['kubernetes.io/metadata.name'] ?? '')) return true;
  return namespaceRegexes?.some((expression) => compile(expression).matcher(namespace).find()) ?? false;
}

function compile(expression: string): RE2JS {
  try {
    return RE2JS.compile(expression);
  } catch {
    throw new ProviderError(
      'invalid-config',
      `spec.conditions: namespaceRegexes "${expression}" is not a valid RE2 expression`,
    );
  }
}
