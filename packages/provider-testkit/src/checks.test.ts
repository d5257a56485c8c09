import { test } from 'vitest';
import { checks } from './checks/index.ts';
import { goodPlugin } from './http-provider.fixture.ts';
import { type CheckName, useSubject } from './subject.fixture.ts';

const run = useSubject();

test.each(Object.keys(checks) as CheckName[])(
  'a provider that keeps the contract passes: %s',
  (name) => run(name, goodPlugin, name === 'properties' ? { content: 'fields', properties: true } : {}),
  60_000,
);
