import { can } from '@esox/core';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Facts } from '../backend.ts';
import { always, type Check } from '../check.ts';
import { call, connect, type Connection, findAll } from '../connection.ts';
import { assertHolds, contentOf, freshKey } from '../content.ts';
import { anyItem } from './pushing.ts';
import { SocketTracker } from '../sockets.ts';

/** The contract's own figure. */
const LIMIT_MS = 100;
const ATTEMPTS = 3;
const UNDER_WAY_MS = 50;
const GIVE_UP_MS = 2_000;

export const abortedBefore: Check = {
  title: 'rejects a call whose signal is already aborted',
  applies: always,
  async run(subject) {
    const key = freshKey('aborted');
    await subject.backend.put(key, contentOf('value', subject.facts));
    await using connection = await connect(subject);
    for (const [what, start] of callsOf(connection, subject.facts, key)) {
      const outcome = await settle(start(AbortSignal.abort()), GIVE_UP_MS);
      if (outcome !== 'rejected')
        throw new Error(`${what} ${outcome ?? 'did not settle'} although its signal was aborted`);
    }
  },
};

export const abortedMeanwhile: Check = {
  title: 'rejects within 100 ms of an abort while the backend hangs, and works again afterwards',
  applies: (_, facts) => facts.faults.includes('hang'),
  async run(subject) {
    const { backend, facts } = subject;
    const key = freshKey('hang');
    const content = contentOf('value', facts);
    await backend.put(key, content);
    using sockets = new SocketTracker();
    const connection = await sockets.run(() => connect(subject));
    const later: Connection[] = [];
    const connectAndRead: Start = async (signal) => {
      const fresh = await connect(subject, { signal });
      later.push(fresh);
      await fresh.client.read([{ key }], { signal });
    };
    assertHolds((await sockets.run(() => connection.read([{ key }])))[0], content, 'a key before the hang');
    await backend.fail('hang', true);
    try {
      for (const [what, start] of [
        ...callsOf(connection, subject.facts, key),
        ['connect with a first read', connectAndRead] as const,
      ]) {
        await assertPrompt(what, (signal) => sockets.run(() => start(signal)));
      }
    } finally {
      await backend.fail('hang', false);
    }
    assertHolds((await sockets.run(() => connection.read([{ key }])))[0], content, 'a key after the hang');
    for (const open of [connection, ...later]) await open[Symbol.asyncDispose]();
    await sockets.assertClosed();
  },
};

type Start = (signal: AbortSignal) => Promise<unknown>;

/** Calls that must go to the backend. */
function callsOf({ client, provider }: Connection, facts: Facts, key: string): (readonly [string, Start])[] {
  const calls: (readonly [string, Start])[] = [['read', (signal) => client.read([{ key }], { signal })]];
  if (can(provider, client, 'find')) {
    calls.push(['find', (signal) => findAll(client, { name: key }, { signal })]);
  }
  if (can(provider, client, 'exists')) calls.push(['exists', (signal) => client.exists([{ key }], { signal })]);
  if (can(provider, client, 'write')) {
    calls.push(['write', (signal) => client.write([anyItem(facts)], { signal })]);
  }
  if (can(provider, client, 'remove')) {
    calls.push(['remove', (signal) => client.remove([{ key: freshKey('no') }], { signal })]);
  }
  return calls;
}

/** A busy machine may delay one attempt; a provider that does not listen is late in all. */
async function assertPrompt(what: string, start: Start): Promise<void> {
  const delays: number[] = [];
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const delay = await delayOfAbort(what, start);
    if (delay <= LIMIT_MS) return;
    delays.push(Math.round(delay));
  }
  throw new Error(`${what} rejected ${delays.join(', ')} ms after the abort; the limit is ${LIMIT_MS} ms`);
}

async function delayOfAbort(what: string, start: Start): Promise<number> {
  const controller = new AbortController();
  const started = start(controller.signal);
  started.catch(() => {});
  await sleep(UNDER_WAY_MS);
  const abortedAt = performance.now();
  controller.abort();
  const outcome = await settle(started, GIVE_UP_MS);
  if (outcome !== 'rejected') {
    throw new Error(
      `${what} ${outcome ?? `did not reject within ${GIVE_UP_MS} ms of the abort`} while the backend hung`,
    );
  }
  return performance.now() - abortedAt;
}

async function settle(work: Promise<unknown>, limitMs: number): Promise<'answered' | 'rejected' | undefined> {
  const giveUp = new AbortController();
  try {
    return await Promise.race([
      work.then(
        () => 'answered' as const,
        () => 'rejected' as const,
      ),
      sleep(limitMs, undefined, { signal: giveUp.signal }),
    ]);
  } finally {
    giveUp.abort();
  }
}

export const closing: Check = {
  title: 'can be closed twice, ends what is under way, and leaves no socket',
  applies: always,
  async run(subject) {
    const { backend, facts } = subject;
    const key = freshKey('close');
    await backend.put(key, contentOf('value', facts));
    using sockets = new SocketTracker();
    const connection = await sockets.run(() => connect(subject));
    await sockets.run(() => connection.read([{ key }]));
    const hang = facts.faults.includes('hang');
    if (hang) await backend.fail('hang', true);
    try {
      const underWay = sockets.run(() => connection.client.read([{ key }], call()));
      underWay.catch(() => {});
      await connection.client[Symbol.asyncDispose]();
      await connection.client[Symbol.asyncDispose]();
      const outcome = await settle(underWay, GIVE_UP_MS);
      if (outcome === undefined) throw new Error('a read was still under way after the client was closed');
    } finally {
      if (hang) await backend.fail('hang', false);
    }
    // Before the host is closed, which would also close what the plugin forgot.
    await sockets.assertClosed();
    await connection.host[Symbol.asyncDispose]();
  },
};
