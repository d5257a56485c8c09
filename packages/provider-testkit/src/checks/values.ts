import { createHash, randomBytes } from 'node:crypto';
import type { Content } from '../backend.ts';
import { always, type Check, type Subject } from '../check.ts';
import { connect } from '../connection.ts';
import { assertHolds, contentOf, freshKey } from '../content.ts';

/** The names are such that every backend can have them as names of fields. */
const TEXTS: Readonly<Record<string, string>> = {
  'one-letter': 'x',
  'trailing-newline': 'line\n',
  'leading-and-trailing-blanks': '  text\t ',
  'beyond-ASCII': 'ünïcødé 🔑 \u2028 \ufeff',
  'what-looks-like-JSON': '{"a":[1,null],"__proto__":{"b":"c"}}',
  'a-number-that-no-double-holds': '8019210420527506405',
  'markup-and-escapes': '<&>"\'\\u0041%41+',
};

export const survival: Check = {
  title: 'returns values exactly as they are stored',
  applies: always,
  async run(subject) {
    const contents = Object.entries(contentsFor(subject));
    const stored = contents.map(([what, content]) => ({ what, content, key: freshKey('survival') }));
    for (const { key, content } of stored) await subject.backend.put(key, content);
    await using connection = await connect(subject);
    const outcomes = await connection.read(stored.map(({ key }) => ({ key })));
    stored.forEach(({ what, content }, index) => assertHolds(outcomes[index], content, `a value with ${what}`));
  },
};

function contentsFor({ facts }: Subject): Readonly<Record<string, Content>> {
  if (facts.content === 'fields') {
    const named = { 'dotted.name': 'a', 'with space': 'b', UPPER: 'c', empty: '' };
    const fitting = Object.entries(named).filter(([name]) => facts.fieldNames?.test(name) ?? true);
    return {
      'all kinds of text': TEXTS,
      'all kinds of names': Object.fromEntries(fitting),
      'the name __proto__': fieldNamedProto(),
    };
  }
  const encoder = new TextEncoder();
  const texts = Object.fromEntries(Object.entries(TEXTS).map(([what, text]) => [what, encoder.encode(text)]));
  if (facts.content === 'text') return texts;
  return {
    ...texts,
    'NUL bytes': Uint8Array.of(0, 1, 0),
    'bytes that are not UTF-8': Uint8Array.of(0xff, 0xfe, 0x80, 0xc3, 0x28),
    '48 KiB of any bytes': randomBytes(48 * 1024),
  };
}

function fieldNamedProto(): Record<string, string> {
  return Object.defineProperty({}, '__proto__', { value: 'own', enumerable: true });
}

export const changeToken: Check = {
  title: 'gives a version that stays while the value stays, changes with it, and tells nothing of it',
  applies: always,
  async run(subject) {
    const { backend, facts } = subject;
    const key = freshKey('version');
    await backend.put(key, contentOf('first value', facts));
    const first = await versionOf(subject, key);
    const again = await versionOf(subject, key);
    if (first !== again) throw new Error('two reads of an unchanged value gave two versions');
    await backend.put(key, contentOf('second value', facts));
    const second = await versionOf(subject, key);
    if ((first === undefined) !== (second === undefined)) throw new Error('only some reads gave a version');
    if (first !== undefined && first === second) throw new Error('the version stayed although the value changed');
    if (first !== undefined && plainHashes('first value').some((hash) => first.includes(hash))) {
      throw new Error(
        'the version is a plain hash of the value, which can be guessed from it; use changeToken of the kit',
      );
    }
  },
};

/** Through a client of its own, as after a restart of the operator. */
async function versionOf(subject: Subject, key: string): Promise<string | undefined> {
  await using connection = await connect(subject);
  const [outcome] = await connection.read([{ key }]);
  if (!outcome?.ok) throw new Error('a stored value could not be read');
  return outcome.value.version;
}

function plainHashes(text: string): string[] {
  const documents = [text, JSON.stringify({ value: text })];
  const algorithms = ['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512', 'sha3-256'];
  return documents.flatMap((document) =>
    algorithms.flatMap((algorithm) => {
      const digest = createHash(algorithm).update(document).digest();
      return [digest.toString('hex'), digest.toString('base64').replace(/=+$/, ''), digest.toString('base64url')];
    }),
  );
}
