import { success } from '@esox/core';
import { expect, test } from 'vitest';
import { useSubject } from '../subject.fixture.ts';
import { type BadProvider, type Good, plugin, withClient } from './bad-provider.fixture.ts';

const run = useSubject();

const bad: readonly BadProvider[] = [
  {
    fails: 'declared',
    because: 'it declares what it has not',
    saying: /watch is declared and missing/,
    plugin: plugin({ capabilities: ['find', 'write', 'remove', 'exists', 'watch'] }),
  },
  {
    fails: 'declared',
    because: 'it has what it does not declare',
    saying: /exists is there and not declared/,
    plugin: plugin({ capabilities: ['find', 'write', 'remove'] }),
  },
  {
    fails: 'find',
    because: 'it leaves one out',
    saying: /2 keys instead of 3/,
    plugin: withClient((good) => ({
      async *find(...[query, call]: Parameters<Good['find']>) {
        let skipped = false;
        for await (const found of good.find(query, call)) {
          if (skipped) yield found;
          skipped = true;
        }
      },
    })),
  },
  {
    fails: 'find',
    because: 'it ignores the name',
    saying: /keys instead of 3/,
    plugin: withClient((good) => ({ find: (...[, call]: Parameters<Good['find']>) => good.find({}, call) })),
  },
  {
    fails: 'write',
    because: 'it writes nothing',
    saying: /expected its value, got not-found/,
    plugin: withClient(() => ({
      write: async (items: readonly unknown[]) => items.map(() => success(undefined)),
    })),
  },
  {
    fails: 'remove',
    because: 'it removes nothing',
    saying: /expected not-found, got success/,
    plugin: withClient(() => ({
      remove: async (refs: readonly unknown[]) => refs.map(() => success(undefined)),
    })),
  },
  {
    fails: 'exists',
    because: 'everything exists',
    saying: /true,true,true/,
    plugin: withClient(() => ({
      exists: async (refs: readonly unknown[]) => refs.map(() => success(true)),
    })),
  },
];

test.each(bad)(
  '$fails fails, when $because',
  ({ fails, plugin, saying }) => expect(run(fails, plugin)).rejects.toThrow(saying),
  60_000,
);
