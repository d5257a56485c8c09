import { expect, test } from 'vitest';
import { settle } from '../fake-clock.fixture.ts';
import type { Change } from '../port.ts';
import { ChangeFeed } from './change-feed.ts';

function added(...keys: string[]): Change<string>[] {
  return keys.map((key) => ({ type: 'added', key, after: key }));
}

function feed(): { feed: ChangeFeed<string>; errors: unknown[] } {
  const errors: unknown[] = [];
  return { feed: new ChangeFeed<string>((error) => errors.push(error)), errors };
}

test('delivers in order, after the turn in which it was published, in more turns when there is much', async () => {
  const { feed: changes } = feed();
  const keys = Array.from({ length: 450 }, (_, index) => `key-${index}`);
  const seen: string[] = [];
  changes.subscribe(({ key }) => seen.push(key), added(...keys.slice(0, 300)));
  changes.publish(added(...keys.slice(300)));
  expect(seen).toEqual([]);
  await settle();
  expect(seen.length).toBeLessThan(450);
  for (let turn = 0; turn < 5; turn += 1) await settle();
  expect(seen).toEqual(keys);
});

test('a listener that leaves gets nothing more, not even what was waiting for it', async () => {
  const { feed: changes } = feed();
  const seen: string[] = [];
  const leave = changes.subscribe(
    ({ key }) => {
      seen.push(key);
      leave();
    },
    added('one', 'two'),
  );
  changes.publish(added('three'));
  await settle();
  expect(seen).toEqual(['one']);
});

test('what a listener causes comes after what waits, and what it throws stops nobody', async () => {
  const { feed: changes, errors } = feed();
  const bug = new Error('a bug');
  const seen: string[] = [];
  changes.subscribe(({ key }) => {
    if (key === 'one') changes.publish(added('caused'));
    throw bug;
  }, []);
  changes.subscribe(({ key }) => seen.push(key), []);
  changes.publish(added('one', 'two'));
  await settle();
  await settle();
  expect(seen).toEqual(['one', 'two', 'caused']);
  expect(errors).toEqual([bug, bug, bug]);
});

test('delivers nothing once it is closed', async () => {
  const { feed: changes } = feed();
  const seen: string[] = [];
  changes.subscribe(({ key }) => seen.push(key), added('one'));
  changes.close();
  changes.publish(added('two'));
  await settle();
  expect(seen).toEqual([]);
});
