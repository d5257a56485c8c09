import { can, type Capability, type Outcome, type Provider } from '@esox/core';
import { always, type Check } from '../check.ts';
import { call, codeOf, connect, type Connection, findAll } from '../connection.ts';
import { assertHolds, contentOf, freshKey } from '../content.ts';
import type { Content } from '../backend.ts';
import { pushed } from './pushing.ts';

const ALL = ['find', 'write', 'remove', 'exists', 'watch', 'receive'] as const satisfies readonly Capability[];

const has =
  (name: Capability) =>
  (provider: Provider): boolean =>
    provider.capabilities.includes(name);

export const declared: Check = {
  title: 'has the capabilities that it declares, and no others',
  applies: always,
  async run(subject) {
    await using connection = await connect(subject);
    for (const name of ALL) {
      const present = typeof Reflect.get(connection.client, name) === 'function';
      const wanted = connection.provider.capabilities.includes(name);
      if (present !== wanted)
        throw new Error(`${name} is ${wanted ? 'declared and missing' : 'there and not declared'}`);
    }
  },
};

export const find: Check = {
  title: 'finds every key that matches, and only those',
  applies: has('find'),
  async run(subject) {
    const { backend, facts } = subject;
    const prefix = freshKey('find');
    const stored = ['a', 'b', 'c'].map((name) => ({ key: `${prefix}-${name}`, content: contentOf(name, facts) }));
    for (const { key, content } of stored) await backend.put(key, content);
    await backend.put(freshKey('other'), contentOf('other', facts));
    await using connection = await connect(subject);
    await assertFound(connection, prefix, stored);
    for (const { key } of stored) await backend.delete(key);
    await using later = await connect(subject);
    await assertFound(later, prefix, []);
  },
};

async function assertFound(connection: Connection, name: string, wanted: readonly Stored[]): Promise<void> {
  const { client, provider } = connection;
  if (!can(provider, client, 'find')) throw new Error('find is declared and missing');
  const found = await findAll(client, { name }, call());
  if (found.length !== wanted.length) throw new Error(`find answered ${found.length} keys instead of ${wanted.length}`);
  for (const { key, content } of wanted) {
    const match = found.find((candidate) => candidate.key.endsWith(key) || candidate.ref.key.endsWith(key));
    if (!match) throw new Error('find left out a key that matches');
    const outcome = match.value ? ({ ok: true, value: match.value } as const) : (await connection.read([match.ref]))[0];
    assertHolds(outcome, content, 'a found key');
  }
}

interface Stored {
  readonly key: string;
  readonly content: Content;
}

export const write: Check = {
  title: 'writes what can then be read, and replaces what was there',
  applies: has('write'),
  async run(subject) {
    await using connection = await connect(subject);
    const { client, provider } = connection;
    if (!can(provider, client, 'write')) throw new Error('write is declared and missing');
    const keys = [freshKey('write'), freshKey('write')];
    for (const text of ['first', 'second']) {
      const contents = keys.map((key) => contentOf(`${text} of ${key}`, subject.facts));
      const items = keys.map((key, index) => ({ key, value: pushed(contents[index] ?? {}) }));
      assertAllOk(await client.write(items, call()), items.length, 'write');
      const outcomes = await connection.read(keys.map((key) => ({ key })));
      const { markField } = subject.facts;
      contents.forEach((content, index) =>
        assertHolds(outcomes[index], content, `the ${text} value of a key`, markField),
      );
    }
  },
};

export const remove: Check = {
  title: 'removes what is there, and counts what is absent as removed',
  applies: (provider) => provider.capabilities.includes('remove') && provider.capabilities.includes('write'),
  async run(subject) {
    await using connection = await connect(subject);
    const { client, provider } = connection;
    if (!can(provider, client, 'write') || !can(provider, client, 'remove')) throw new Error('remove is missing');
    const key = freshKey('remove');
    // Written by the provider itself: a backend may guard what others wrote.
    assertAllOk(await client.write([{ key, value: pushed(contentOf('value', subject.facts)) }], call()), 1, 'write');
    assertAllOk(await client.remove([{ key }, { key: freshKey('no') }], call()), 2, 'remove');
    if (subject.facts.keepsRemoved === true) return;
    const [outcome] = await connection.read([{ key }]);
    const code = codeOf(outcome?.ok === false ? outcome.error : undefined);
    if (code !== 'not-found') throw new Error(`reading a removed key: expected not-found, got ${code}`);
  },
};

export const exists: Check = {
  title: 'tells what exists from what does not',
  applies: has('exists'),
  async run(subject) {
    const key = freshKey('exists');
    await subject.backend.put(key, contentOf('value', subject.facts));
    await using connection = await connect(subject);
    const { client, provider } = connection;
    if (!can(provider, client, 'exists')) throw new Error('exists is declared and missing');
    const refs = [{ key: freshKey('no') }, { key }, { key: freshKey('no') }];
    const outcomes = await client.exists(refs, call());
    assertAllOk(outcomes, refs.length, 'exists');
    const answers = outcomes.map((outcome) => outcome.ok && outcome.value);
    if (answers.join() !== 'false,true,false')
      throw new Error(`exists answered ${answers.join()} for absent, present, absent`);
  },
};

function assertAllOk(outcomes: readonly Outcome<unknown>[], count: number, what: string): void {
  if (outcomes.length !== count) throw new Error(`${what} answered ${outcomes.length} outcomes for ${count} items`);
  const failed = outcomes.find((outcome) => !outcome.ok);
  if (failed && !failed.ok) throw new Error(`${what} failed: ${codeOf(failed.error)}`);
}
