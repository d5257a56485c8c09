import { createInterface } from 'node:readline';
import type { IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeClient } from '@esox/testbed';

interface List<T> {
  readonly metadata: { readonly resourceVersion: string };
  readonly items: readonly T[];
}

interface WatchEvent<T> {
  readonly type: string;
  readonly object: T;
}

/** Shows `see` every object below a path of the API server, and each change of one; deletions are not told. */
export class ObjectWatch<T> implements Disposable {
  readonly #client: KubeClient;
  readonly #path: string;
  readonly #see: (object: T) => void;
  readonly #stopped = new AbortController();

  constructor(client: KubeClient, path: string, see: (object: T) => void) {
    this.#client = client;
    this.#path = path;
    this.#see = see;
    void this.#run();
  }

  [Symbol.dispose](): void {
    this.#stopped.abort();
  }

  /** A watch ends now and then; then the objects are listed again. */
  async #run(): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      try {
        const { metadata, items } = await this.#client.call<List<T>>({ path: this.#path });
        for (const item of items) this.#see(item);
        await this.#follow(metadata.resourceVersion);
      } catch {
        // The API server is stopping, or the watch was too old: either way the next list tells.
        await sleep(200);
      }
    }
  }

  async #follow(resourceVersion: string): Promise<void> {
    const path = `${this.#path}?watch=true&resourceVersion=${resourceVersion}`;
    const response: IncomingMessage = await this.#client.stream({ path, signal: this.#stopped.signal });
    for await (const line of createInterface({ input: response })) {
      const { type, object } = JSON.parse(line) as WatchEvent<T>;
      if (type !== 'ADDED' && type !== 'MODIFIED') return;
      this.#see(object);
    }
  }
}
