import { failure, ProviderError } from '@esox/core';
import { expect, test } from 'vitest';
import { useSubject } from '../subject.fixture.ts';
import { type BadProvider, type Good, withClient } from './bad-provider.fixture.ts';

const run = useSubject();

const bad: readonly BadProvider[] = [
  {
    fails: 'order',
    because: 'it answers in another order',
    saying: /ref 1 of 5: the value read is not the value stored/,
    plugin: withClient((good) => ({
      read: async (...[refs, call]: Parameters<Good['read']>) => (await good.read(refs, call)).toReversed().toSorted(),
    })),
  },
  {
    fails: 'order',
    because: 'it answers duplicates once',
    saying: /2 outcomes for 5 refs/,
    plugin: withClient((good) => ({
      read: (...[refs, call]: Parameters<Good['read']>) =>
        good.read([...new Map(refs.map((ref) => [ref.key, ref])).values()], call),
    })),
  },
  {
    fails: 'missing',
    because: 'a missing key fails the whole call',
    saying: /no such key/,
    plugin: withClient((good) => ({
      read: async (...[refs, call]: Parameters<Good['read']>) => {
        const outcomes = await good.read(refs, call);
        for (const outcome of outcomes) if (!outcome.ok) throw outcome.error;
        return outcomes;
      },
    })),
  },
  {
    fails: 'missing',
    because: 'it calls a missing key unavailable',
    saying: /expected not-found, got unavailable/,
    plugin: withClient((good) => ({
      read: async (...[refs, call]: Parameters<Good['read']>) =>
        (await good.read(refs, call)).map((outcome) =>
          outcome.ok ? outcome : failure(new ProviderError('unavailable', 'try later')),
        ),
    })),
  },
];

test.each(bad)(
  '$fails fails, when $because',
  ({ fails, plugin, saying }) => expect(run(fails, plugin)).rejects.toThrow(saying),
  60_000,
);
