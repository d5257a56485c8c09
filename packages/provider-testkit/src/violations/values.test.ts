import { createHash, randomUUID } from 'node:crypto';
import { Sealed } from '@esox/core';
import { expect, test } from 'vitest';
import { useSubject } from '../subject.fixture.ts';
import { type BadProvider, bytesOf, withValue } from './bad-provider.fixture.ts';

const run = useSubject();

const bad: readonly BadProvider[] = [
  {
    fails: 'survival',
    because: 'it takes bytes for UTF-8',
    saying: /bytes that are not UTF-8/,
    plugin: withValue((value) => ({ content: Sealed.text(Buffer.from(bytesOf(value)).toString()) })),
  },
  {
    fails: 'survival',
    because: 'it trims',
    saying: /trailing-newline/,
    plugin: withValue((value) => ({ content: Sealed.text(Buffer.from(bytesOf(value)).toString('utf8').trimEnd()) })),
  },
  {
    fails: 'changeToken',
    because: 'each read has a version of its own',
    saying: /two versions/,
    plugin: withValue((value) => ({ ...value, version: randomUUID() })),
  },
  {
    fails: 'changeToken',
    because: 'the version never changes',
    saying: /stayed although the value changed/,
    plugin: withValue((value) => ({ ...value, version: '1' })),
  },
  {
    fails: 'changeToken',
    because: 'the version is a hash of the value',
    saying: /plain hash/,
    plugin: withValue((value) => ({
      ...value,
      version: `sha256:${createHash('sha256').update(bytesOf(value)).digest('hex')}`,
    })),
  },
];

test.each(bad)(
  '$fails fails, when $because',
  ({ fails, plugin, saying }) => expect(run(fails, plugin)).rejects.toThrow(saying),
  60_000,
);
