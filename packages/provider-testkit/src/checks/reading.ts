import { always, type Check } from '../check.ts';
import { codeOf, connect } from '../connection.ts';
import { assertHolds, contentOf, freshKey } from '../content.ts';

export const order: Check = {
  title: 'answers in the order of the refs, duplicates included',
  applies: always,
  async run(subject) {
    const { backend, facts } = subject;
    const first = { key: freshKey('order'), content: contentOf('first', facts) };
    const second = { key: freshKey('order'), content: contentOf('second', facts) };
    await backend.put(first.key, first.content);
    await backend.put(second.key, second.content);
    await using connection = await connect(subject);
    const asked = [second, first, second, second, first];
    const outcomes = await connection.read(asked.map(({ key }) => ({ key })));
    asked.forEach(({ content }, index) => assertHolds(outcomes[index], content, `ref ${index + 1} of ${asked.length}`));
  },
};

export const missing: Check = {
  title: 'answers not-found for a missing key, and for it alone',
  applies: always,
  async run(subject) {
    const { backend, facts } = subject;
    const key = freshKey('present');
    const gone = freshKey('gone');
    const content = contentOf('here', facts);
    await backend.put(key, content);
    await backend.put(gone, content);
    await backend.delete(gone);
    await using connection = await connect(subject);
    const refs = [{ key }, { key: freshKey('never') }, { key: gone }, { key }];
    const [before, never, deleted, after] = await connection.read(refs);
    assertHolds(before, content, 'the key before the missing one');
    assertHolds(after, content, 'the key after the missing one');
    for (const [what, outcome] of Object.entries({ 'a key that never was': never, 'a deleted key': deleted })) {
      const code = codeOf(outcome?.ok ? undefined : outcome?.error);
      if (code !== 'not-found') throw new Error(`${what}: expected not-found, got ${code}`);
    }
  },
};
