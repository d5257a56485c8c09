import { can, type Client, type Outcome, type Provider, Sealed } from '@esox/core';
import type { Content, Facts } from '../backend.ts';
import type { Check } from '../check.ts';
import { call, codeOf, connect, type Connection } from '../connection.ts';
import { assertHolds, contentOf, freshKey } from '../content.ts';

type Writer = Client<'write' | 'remove' | 'exists'>;

const pushes = ({ capabilities }: Provider): boolean =>
  (['write', 'remove', 'exists'] as const).every((name) => capabilities.includes(name));

export const unchangedWrite: Check = {
  title: 'writes nothing where the value is there already',
  applies: pushes,
  async run(subject) {
    await using connection = await connect(subject);
    const key = freshKey('unchanged');
    const item = { key, value: pushed(contentOf('value', subject.facts)) };
    await allOk(writerOf(connection).write([item], call()));
    const before = await versionOf(connection, key);
    await allOk(writerOf(connection).write([item], call()));
    if ((await versionOf(connection, key)) !== before) throw new Error('a write of the same value made a new version');
  },
};

export const foreign: Check = {
  title: 'neither replaces nor removes what others made',
  applies: (provider, facts) => pushes(provider) && facts.guardsOthers === true,
  async run(subject) {
    const { backend, facts } = subject;
    const key = freshKey('foreign');
    const mine = freshKey('mine');
    const theirs = contentOf('made by others', facts);
    await backend.put(key, theirs);
    await using connection = await connect(subject);
    const value = contentOf('pushed', facts);
    const items = [key, mine].map((name) => ({ key: name, value: pushed(value) }));
    const [refused, written] = await writerOf(connection).write(items, call());
    const code = codeOf(refused?.ok === false ? refused.error : undefined);
    if (code !== 'conflict') throw new Error(`a write over what others made: expected conflict, got ${code}`);
    if (!written?.ok) throw new Error(`the item beside it failed: ${codeOf(written?.error)}`);
    await allOk(writerOf(connection).remove([{ key }], call()));
    const [after, beside] = await connection.read([{ key }, { key: mine }]);
    assertHolds(after, theirs, 'what others made');
    assertHolds(beside, value, 'the item beside it', facts.markField);
  },
};

export const properties: Check = {
  title: 'writes and removes single properties, all of one key at once, and removes the key with the last one',
  applies: (provider, facts) => pushes(provider) && facts.properties === true,
  async run(subject) {
    await using connection = await connect(subject);
    const writer = writerOf(connection);
    const key = freshKey('property');
    const names = ['a', 'b', 'c', 'd'];
    const refs = names.map((property) => ({ key, property }));
    await allOk(
      writer.write(
        refs.map((ref) => ({ ...ref, value: pushed(bytes(`of ${ref.property}`)) })),
        call(),
      ),
    );
    await holdsOnly(connection, subject.facts, { key, names });
    await answers(writer, [...refs.slice(0, 2), { key, property: 'e' }], 'true,true,false');
    await allOk(writer.write([{ key, property: 'b', value: pushed(bytes('of b')) }], call()));
    await allOk(
      writer.remove(
        [
          { key, property: 'a' },
          { key, property: 'e' },
        ],
        call(),
      ),
    );
    await holdsOnly(connection, subject.facts, { key, names: ['b', 'c', 'd'] });
    await answers(writer, refs, 'false,true,true,true');
    await allOk(writer.remove(refs, call()));
    await answers(writer, [{ key }, ...refs], 'false,false,false,false,false');
    const code = codeOf(failureIn((await connection.read([{ key }]))[0]));
    if (code !== 'not-found') throw new Error(`a key without properties: expected not-found, got ${code}`);
  },
};

interface Holding {
  readonly key: string;
  readonly names: readonly string[];
}

async function holdsOnly(connection: Connection, { markField }: Facts, { key, names }: Holding): Promise<void> {
  const content = Object.fromEntries(names.map((name) => [name, `of ${name}`]));
  assertHolds((await connection.read([{ key }]))[0], content, `a key with ${names.join()}`, markField);
}

async function answers(writer: Writer, refs: Parameters<Writer['exists']>[0], wanted: string): Promise<void> {
  const outcomes = await allOk(writer.exists(refs, call()));
  const found = outcomes.map((outcome) => outcome.ok && outcome.value).join();
  if (found !== wanted) throw new Error(`exists answered ${found} instead of ${wanted}`);
}

function writerOf({ client, provider }: Connection): Writer {
  if (can(provider, client, 'write') && can(provider, client, 'remove') && can(provider, client, 'exists')) {
    return client;
  }
  throw new Error('write, remove or exists is declared and missing');
}

async function versionOf(connection: Connection, key: string): Promise<string | undefined> {
  const [outcome] = await connection.read([{ key }]);
  if (!outcome?.ok) throw new Error(`what was written cannot be read: ${codeOf(outcome?.error)}`);
  return outcome.value.version;
}

async function allOk<T>(call: Promise<readonly Outcome<T>[]>): Promise<readonly Outcome<T>[]> {
  const outcomes = await call;
  const error = outcomes.map(failureIn).find((failure) => failure !== undefined);
  if (error !== undefined) throw new Error(`a push, removal or question failed: ${codeOf(error)}`);
  return outcomes;
}

function failureIn(outcome: Outcome<unknown> | undefined): unknown {
  return outcome?.ok === false ? outcome.error : undefined;
}

/** What the operator pushes: bytes as they are, fields as a JSON object. */
export function pushed(content: Content): Sealed {
  return content instanceof Uint8Array ? Sealed.of(content.slice()) : Sealed.text(JSON.stringify(content));
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** A value that any such backend takes. */
export function anyItem(facts: Facts): { key: string; value: Sealed } {
  return { key: freshKey('push'), value: pushed(contentOf('value', facts)) };
}
