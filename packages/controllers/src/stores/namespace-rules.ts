import type { SecretStore, StoreCondition } from '@esox/api';
import type { Cluster, Informer, KubernetesObject } from '@esox/cluster';
import { ProviderError } from '@esox/core';
import { RE2JS } from 're2js';
import { matchesLabels } from './label-selector.ts';
import { NAMESPACES } from '../resource-types.ts';

interface NamespaceFacts {
  readonly labels: Readonly<Record<string, string>>;
}

/** Whether a ClusterSecretStore may be used from a namespace. Namespaces are watched once a store asks about them. */
export class NamespaceRules {
  readonly #cluster: Cluster;
  #namespaces: Informer<NamespaceFacts> | undefined;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  /** Throws `denied` where no condition matches; a store without conditions is open to all. */
  async allow(store: SecretStore, namespace: string): Promise<void> {
    const conditions = store.spec.conditions ?? [];
    if (conditions.length === 0) return;
    this.#namespaces ??= this.#cluster.watch(NAMESPACES, { view: 'metadata', trim: namespaceFacts });
    await this.#namespaces.synced;
    const facts = this.#namespaces.get(namespace);
    if (!facts) throw new ProviderError('unavailable', `the namespace "${namespace}" is not known`);
    // In order, and the first match ends the search: a broken expression behind it does no harm.
    if (conditions.some((condition) => matches(condition, namespace, facts))) return;
    throw new ProviderError(
      'denied',
      `ClusterSecretStore "${store.metadata.name}" does not allow namespace "${namespace}": none of its spec.conditions matches; extend them, or use another store`,
    );
  }

  async close(): Promise<void> {
    await this.#namespaces?.close();
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
