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
  readonly name: string;
  readonly first: string;
  count: number;
}

/** A note that nobody has posted yet, and how often it was made meanwhile. */
interface Waiting {
  readonly subject: EventSubject;
  readonly note: EventNote;
  times: number;
  /** Milliseconds since the epoch. */
  at: number;
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
/** Of the subject's name: a name has 253 characters at most, and 20 come behind it. */
const longestStem = 230;
const remembered = 4096;
/** Events come after the writes that they tell of, so they get few of the connections. */
const postsAtOnce = 4;

/**
 * Posts events in the background, a few at a time: an event is a courtesy, so a failed post is counted and forgotten,
 * and so is a note while too many wait. The same note about the same object again raises the count of the event that
 * is there.
 */
export class EventRecorder {
  readonly #cluster: Cluster;
  readonly #clock: Clock;
  readonly #component: string;
  readonly #posted = new Map<string, Posted>();
  readonly #waiting = new Map<string, Waiting>();
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
    const key = keyOf(subject, note);
    const waiting = this.#waiting.get(key);
    if (waiting) {
      waiting.times++;
      waiting.at = this.#clock.now();
    } else if (this.#waiting.size < remembered) {
      this.#waiting.set(key, { subject, note, times: 1, at: this.#clock.now() });
      this.#postNext();
    } else {
      this.#failures++;
    }
  }

  /** Waits for what is left to post; gives it up after `graceMs`. */
  async close(graceMs: number): Promise<void> {
    const timer = setTimeout(() => {
      this.#waiting.clear();
      this.#abort.abort();
    }, graceMs);
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
    clearTimeout(timer);
  }

  #postNext(): void {
    for (const [key, waiting] of this.#waiting) {
      if (this.#underWay.size >= postsAtOnce) return;
      this.#waiting.delete(key);
      const post = this.#post(key, waiting)
        .catch(() => {
          this.#failures++;
        })
        .finally(() => {
          this.#underWay.delete(post);
          this.#postNext();
        });
      this.#underWay.add(post);
    }
  }

  async #post(key: string, waiting: Waiting): Promise<void> {
    const posted = this.#posted.get(key);
    if (posted && (await this.#raise(posted, waiting))) return;
    const name = nameOf(waiting, key);
    const event = { name, count: waiting.times, first: timestamp(waiting.at) };
    this.#remember(key, event);
    await this.#cluster.create(EVENTS, this.#event(waiting, event), { signal: this.#abort.signal });
  }

  /** False when the event has been cleaned up meanwhile. */
  async #raise(posted: Posted, { subject, times, at }: Waiting): Promise<boolean> {
    posted.count += times;
    const key = { namespace: subject.namespace ?? 'default', name: posted.name };
    const body = { count: posted.count, lastTimestamp: timestamp(at) };
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

  #event({ subject, note }: Waiting, { name, count, first }: Posted): EventObject {
    return {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name, namespace: subject.namespace ?? 'default' },
      involvedObject: subject,
      ...note,
      message: note.message.slice(0, longestMessage),
      count,
      firstTimestamp: first,
      lastTimestamp: first,
      source: { component: this.#component },
    };
  }
}

/** It follows from time and note, as client-go's does: unique, and sorted by time. */
function nameOf({ subject, at }: Waiting, key: string): string {
  const stem = subject.name.slice(0, longestStem).replace(/[^a-z0-9]+$/, '');
  return `${stem}.${BigInt(at).toString(16)}${key.slice(0, 8)}`;
}

function keyOf({ uid, kind, namespace, name }: EventSubject, { type, reason, message }: EventNote): string {
  return createHash('sha256').update([uid, kind, namespace, name, type, reason, message].join('\0')).digest('hex');
}
