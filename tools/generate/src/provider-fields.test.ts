import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crds } from '@esox/api/crds';
import { type Row, exampleOf, rowsOf } from '@esox/schema';
import { expect, test } from 'vitest';
import { providerPackages } from './provider-packages.ts';

const packages = await providerPackages(join(import.meta.dirname, '../../..'));
const definitions = crds(packages.map(({ schema }) => schema));

/** The fields of ESO's SecretStore below `spec.provider`, for the providers that this repository has. */
const expected = readFileSync(new URL('../fixtures/provider-fields.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Row & { kind: string; version: string; constraints?: string[] })
  .map(({ kind: _kind, version: _version, constraints: _constraints, ...row }) => row);

const byPath = (rows: readonly Row[]) => Object.fromEntries(rows.map((row) => [row.path, row]));

test.each(['secretstores', 'clustersecretstores'])("%s has exactly the fields of ESO's providers", (plural) => {
  const definition = definitions.find(({ spec }) => spec.names.plural === plural);
  const rows = rowsOf(definition?.spec.versions[0]?.schema.openAPIV3Schema ?? {});
  expect(byPath(rows.filter(({ path }) => path.startsWith('spec.provider.')))).toEqual(byPath(expected));
});

test.each(packages)('the example of $id is one that its schema accepts', ({ config }) => {
  expect(config.safeParse(exampleOf(config)).error).toBeUndefined();
});
