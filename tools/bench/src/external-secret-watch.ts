import { createInterface } from 'node:readline';
import type { IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeClient } from '@esox/testbed';
import { externalSecretsPath } from './manifests.ts';

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

interface List {
  readonly metadata: { readonly resourceVersion: string };
  readonly items: readonly ExternalSecret[];
}

interface WatchEvent {
  readonly type: string;
  readonly object: ExternalSecret;
}

/** Ready, and that for the spec as it is now. */
export function isSynced({ metadata, status }: ExternalSecret): boolean {
  const isCurrent = status?.syncedResourceVersion?.startsWith(`${metadata.generation}-`) === true;
  return isCurrent && readyCondition({ status })?.status === 'True';
}

export function readyCondition({ status }: { status?: ExternalSecret['status'] }): Condition | undefined {
  return status?.conditions?.find(({ type }) => type === 'Ready');
}

/** Sees every ExternalSecret of an API server as it changes. */
export class ExternalSecretWatch implements Disposable {
  readonly #client: KubeClient;
  readonly #objects = new Map<string, ExternalSecret>();
  readonly #listeners = new Set<() => void>();
  readonly #stopped = new AbortController();
  #refreshes = 0;

  constructor(client: KubeClient) {
    this.#client = client;
    void this.#run();
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
    this.#stopped.abort();
  }

  /** A watch ends now and then; then the objects are listed again. */
  async #run(): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      try {
        const { metadata, items } = await this.#client.call<List>({ path: externalSecretsPath });
        for (const item of items) this.#see(item);
        await this.#follow(metadata.resourceVersion);
      } catch {
        // The API server is stopping, or the watch was too old: either way the next list tells.
        await sleep(200);
      }
    }
  }

  async #follow(resourceVersion: string): Promise<void> {
    const path = `${externalSecretsPath}?watch=true&resourceVersion=${resourceVersion}`;
    const response: IncomingMessage = await this.#client.stream({ path, signal: this.#stopped.signal });
    for await (const line of createInterface({ input: response })) {
      const { type, object } = JSON.parse(line) as WatchEvent;
      if (type !== 'ADDED' && type !== 'MODIFIED') return;
      this.#see(object);
    }
  }

  #see(object: ExternalSecret): void {
    const key = `${object.metadata.namespace}/${object.metadata.name}`;
    const before = this.#objects.get(key);
    this.#objects.set(key, object);
    if (before !== undefined && before.status?.refreshTime !== object.status?.refreshTime) this.#refreshes += 1;
    for (const listener of this.#listeners) listener();
  }
}
