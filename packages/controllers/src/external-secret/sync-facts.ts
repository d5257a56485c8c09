import type { ExternalSecret, ExternalSecretStatus } from '@esox/api';
import { isLater } from '../secrets/resource-version.ts';

/** What this process knows of an object beyond what the watch has told. */
export interface SyncFacts {
  readonly uid: string | undefined;
  /** Status as written last, and the resource version that the write returned. */
  readonly written?: { readonly status: ExternalSecretStatus; readonly resourceVersion: string } | undefined;
  /** Digest of what the last sync read, with the lanes that it read from. */
  readonly token?: string | undefined;
  /** Resource version that the target had when the last sync was done with it. */
  readonly target?: string | undefined;
  /** Version of the object for which the last sync left the target absent, or as it was. */
  readonly absentFor?: string | undefined;
  readonly failed?: boolean | undefined;
  /** To another controller class, which serves one of its stores. */
  readonly left?: boolean | undefined;
  /** An object that it refers to has changed since its last sync. */
  readonly forced?: 'reference' | undefined;
  /** When its latest cause was seen (of the steady clock), until its stores have been read: later reads will do. */
  readonly causedAt?: number | undefined;
  /** When the target was last repaired, up to a minute back (of the steady clock). */
  readonly repairs?: readonly number[] | undefined;
  /** No repair before (of the steady clock). */
  readonly heldUntil?: number | undefined;
  /** When it is due next (ms since the epoch), for people. */
  readonly nextAt?: number | undefined;
  /** When the target was last written (ms since the epoch), for people. */
  readonly changedAt?: number | undefined;
}

/** Facts by object key; those of an object that was deleted and made anew do not carry over. */
export class SyncFactsStore {
  readonly #facts = new Map<string, SyncFacts>();

  of(key: string, object: ExternalSecret): SyncFacts {
    const facts = this.#facts.get(key);
    return facts && facts.uid === object.metadata.uid ? facts : { uid: object.metadata.uid };
  }

  update(key: string, object: ExternalSecret, change: Omit<Partial<SyncFacts>, 'uid'>): void {
    this.#facts.set(key, { ...this.of(key, object), ...change });
  }

  forget(key: string): void {
    this.#facts.delete(key);
  }

  /** The latest resource version that is known: of our last write, until the watch shows a later one. */
  versionOf(key: string, object: ExternalSecret): string {
    const { written } = this.of(key, object);
    const seen = object.metadata.resourceVersion ?? '';
    return written && !isLater(seen, written.resourceVersion) ? written.resourceVersion : seen;
  }

  /** The newest status that is known: ours, until the watch shows a later one. */
  statusOf(key: string, object: ExternalSecret): ExternalSecretStatus {
    const { written } = this.of(key, object);
    const seen = object.metadata.resourceVersion ?? '';
    return written && !isLater(seen, written.resourceVersion) ? written.status : (object.status ?? {});
  }
}
