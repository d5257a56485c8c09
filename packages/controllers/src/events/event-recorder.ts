import { createHash } from 'node:crypto';
import type { Clock } from '@esox/core';
import { type Cluster, ClusterError, type KubernetesObject } from '@esox/cluster';
import { timestamp } from '../conditions/conditions.ts';
import { EVENTS } from '../resource-types.ts';

export interface EventSubject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string | undefined;
  readonly uid?: string | undefined;
}

export interface EventNote {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

interface Posted {
  name: string;
  count: number;
  first: string;
}

interface EventObject extends KubernetesObject {
  type: string;
  reason: string;
  message: string;
  count: number;
  firstTimestamp: string;
  lastTimestamp: string;
  source: { component: string };
  involvedObject: EventSubject;
}

/** Kubernetes refuses longer messages. */
const longestMessage = 1024;
const remembered = 4096;

/**
 * Posts events in the background: an event is a courtesy, so a failed post is counted and forgotten. The same note
 * about the same object again raises the count of the event that is there.
 */
export class EventRecorder {
  readonly #cluster: Cluster;
  readonly #clock: Clock;
  readonly #component: string;
  readonly #posted = new Map<string, Posted>();
  readonly #underWay = new Set<Promise<void>>();
  readonly #abort = new AbortController();
  #failures = 0;

  constructor(cluster: Cluster, clock: Clock, component: string) {
    this.#cluster = cluster;
    this.#clock = clock;
    this.#component = component;
  }

  get failures(): number {
    return this.#failures;
  }

  record(subject: EventSubject, note: EventNote): void {
    const post = this.#post(subject, note)
      .catch(() => {
        this.#failures++;
      })
      .finally(() => this.#underWay.delete(post));
    this.#underWay.add(post);
  }

  /** Waits for what is under way; gives the rest up after `graceMs`. */
  async close(graceMs: number): Promise<void> {
    const timer = setTimeout(() => this.#abort.abort(), graceMs);
    await Promise.all(this.#underWay);
    clearTimeout(timer);
  }

  async #post(subject: EventSubject, note: EventNote): Promise<void> {
    const message = note.message.slice(0, longestMessage);
    const key = createHash('sha256')
      .update([subject.uid, subject.kind, subject.namespace, subject.name, note.type, note.reason, message].join('\0'))
      .digest('hex');
    const posted = this.#posted.get(key);
    const now = timestamp(this.#clock.now());
    if (posted && (await this.#raise(subject, posted, now))) return;
    // A name that follows from time and note, as client-go's: unique, and sorted by time.
    const name = `${subject.name}.${BigInt(this.#clock.now()).toString(16)}${key.slice(0, 8)}`;
    this.#remember(key, { name, count: 1, first: now });
    await this.#cluster.create(EVENTS, this.#event(subject, { ...note, message }, name, now), {
      signal: this.#abort.signal,
    });
  }

  /** False when the event has been cleaned up meanwhile. */
  async #raise(subject: EventSubject, posted: Posted, now: string): Promise<boolean> {
    posted.count++;
    const key = { namespace: subject.namespace ?? 'default', name: posted.name };
    const body = { count: posted.count, lastTimestamp: now };
    try {
      await this.#cluster.patch(EVENTS, key, { type: 'merge', body }, { signal: this.#abort.signal });
      return true;
    } catch (error) {
      if (ClusterError.is(error) && error.code === 'not-found') return false;
      throw error;
    }
  }

  #remember(key: string, posted: Posted): void {
    this.#posted.delete(key);
    this.#posted.set(key, posted);
    const oldest = this.#posted.keys().next().value;
    if (this.#posted.size > remembered && oldest !== undefined) this.#posted.delete(oldest);
  }

  #event(subject: EventSubject, note: EventNote, name: string, now: string): EventObject {
    return {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name, namespace: subject.namespace ?? 'default' },
      involvedObject: subject,
      ...note,
      count: 1,
      firstTimestamp: now,
      lastTimestamp: now,
      source: { component: this.#component },
    };
  }
}
