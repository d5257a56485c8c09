import type { KubeClient } from '@esox/testbed';
import { externalSecretsPath } from './manifests.ts';
import { ObjectWatch } from './object-watch.ts';
import type { PlannedObject } from './planned-objects.ts';

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

export interface ExternalSecret {
  readonly metadata: {
    readonly namespace: string;
    readonly name: string;
    readonly generation: number;
    readonly resourceVersion: string;
  };
  readonly spec: { readonly refreshInterval?: string };
  readonly status?: {
    readonly refreshTime?: string;
    /** `<generation>-<hash>`, see the status of ExternalSecret. */
    readonly syncedResourceVersion?: string;
    readonly conditions?: readonly Condition[];
  };
}

/** Ready, and that for the spec as it is now. */
export function isSynced({ metadata, status }: ExternalSecret): boolean {
  const isCurrent = status?.syncedResourceVersion?.startsWith(`${metadata.generation}-`) === true;
  return isCurrent && readyCondition({ status })?.status === 'True';
}

export function readyCondition({ status }: { status?: ExternalSecret['status'] }): Condition | undefined {
  return status?.conditions?.find(({ type }) => type === 'Ready');
}

/** Sees the planned ExternalSecrets as they change; what else a phase makes is not among them. */
export class ExternalSecretWatch implements Disposable {
  readonly #watch: ObjectWatch<ExternalSecret>;
  readonly #objects = new Map<string, ExternalSecret>();
  readonly #listeners = new Set<() => void>();
  readonly #planned: ReadonlySet<string>;
  #refreshes = 0;

  constructor(client: KubeClient, planned: readonly PlannedObject[]) {
    this.#planned = new Set(planned.map(({ namespace, name }) => `${namespace}/${name}`));
    this.#watch = new ObjectWatch(client, externalSecretsPath, (object: ExternalSecret) => this.#see(object));
  }

  get objects(): ExternalSecret[] {
    return [...this.#objects.values()];
  }

  /** How often a refreshTime has changed so far, over all objects. */
  get refreshes(): number {
    return this.#refreshes;
  }

  count(matches: (object: ExternalSecret) => boolean): number {
    let count = 0;
    for (const object of this.#objects.values()) if (matches(object)) count += 1;
    return count;
  }

  /** Calls back after each change; the function returned ends that. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  [Symbol.dispose](): void {
    this.#watch[Symbol.dispose]();
  }

  #see(object: ExternalSecret): void {
    const key = `${object.metadata.namespace}/${object.metadata.name}`;
    if (!this.#planned.has(key)) return;
    const before = this.#objects.get(key);
    this.#objects.set(key, object);
    if (before !== undefined && before.status?.refreshTime !== object.status?.refreshTime) this.#refreshes += 1;
    for (const listener of this.#listeners) listener();
  }
}
