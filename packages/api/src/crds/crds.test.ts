import { rowsOf } from '@esox/schema';
import { describe, expect, test } from 'vitest';
import { byPath, expectedRows } from '../fields.fixture.ts';
import { type ProviderSchema, crds } from './crds.ts';
import { policies } from './policies.ts';

const FIELDS = new URL('../../fixtures/fields.jsonl', import.meta.url);
const provider = (id: string): ProviderSchema => ({ id, description: `The ${id}.`, schema: { type: 'object' } });
const [externalSecrets, secretStores, clusterSecretStores] = crds([]);

const schemaOf = (definition: typeof externalSecrets) => definition?.spec.versions[0]?.schema.openAPIV3Schema ?? {};
const rows = (definition: typeof externalSecrets) =>
  byPath(rowsOf(schemaOf(definition)).filter(({ path }) => /^(spec|status)\b/.test(path)));

describe('fields', () => {
  test("ExternalSecret has exactly the fields of ESO's", () => {
    expect(rows(externalSecrets)).toEqual(byPath(expectedRows(FIELDS, 'ExternalSecret')));
  });

  test("both stores have exactly the fields of ESO's SecretStore", () => {
    const expected = byPath(expectedRows(FIELDS, 'SecretStore'));
    expect(rows(secretStores)).toEqual(expected);
    expect(rows(clusterSecretStores)).toEqual(expected);
  });

  test('the strategies have no default, so that what is left out stays absent', () => {
    const strategies = Object.values(rows(externalSecrets)).filter(({ path }) =>
      /\.(metadataPolicy|conversionStrategy|decodingStrategy|nullBytePolicy|valuesDecodingStrategy)$/.test(path),
    );
    expect(strategies).toHaveLength(12);
    expect(strategies.filter((row) => 'default' in row)).toEqual([]);
  });
});

test('names, scope, category, label and versions', () => {
  const summary = crds([]).map(({ metadata, spec }) => ({
    name: metadata.name,
    labels: metadata.labels,
    scope: spec.scope,
    short: spec.names.shortNames,
    categories: spec.names.categories,
    conversion: 'conversion' in spec,
    versions: spec.versions.map(({ name, served, storage, deprecated }) => ({ name, served, storage, deprecated })),
  }));
  const common = {
    labels: { 'external-secrets.io/component': 'controller' },
    categories: ['external-secrets'],
    conversion: false,
    versions: [
      { name: 'v1', served: true, storage: true, deprecated: undefined },
      { name: 'v1beta1', served: false, storage: false, deprecated: true },
    ],
  };
  expect(summary).toEqual([
    { name: 'externalsecrets.external-secrets.io', scope: 'Namespaced', short: ['es'], ...common },
    { name: 'secretstores.external-secrets.io', scope: 'Namespaced', short: ['ss'], ...common },
    { name: 'clustersecretstores.external-secrets.io', scope: 'Cluster', short: ['css'], ...common },
  ]);
});

describe('providers', () => {
  test('each is a property of provider, sorted by id', () => {
    const [, stores] = crds([provider('vault'), provider('fake')]);
    expect(Object.entries(schemaOf(stores).properties?.['spec']?.properties?.['provider']?.properties ?? {})).toEqual([
      ['fake', { type: 'object', description: 'The fake.' }],
      ['vault', { type: 'object', description: 'The vault.' }],
    ]);
  });

  test('two with one id are refused', () => {
    expect(() => crds([provider('vault'), provider('vault')])).toThrow('two providers have the id vault');
  });

  test('a CRD that kubectl apply could not take is refused', () => {
    const large = { ...provider('large'), description: 'x'.repeat(150_000) };
    expect(() => crds([large])).toThrow(/secretstores\.external-secrets\.io has \d+ bytes/);
  });
});

test('every policy has a binding that denies', () => {
  const all = policies();
  const names = all.filter(({ kind }) => kind === 'ValidatingAdmissionPolicy').map(({ metadata }) => metadata.name);
  const bindings = all.flatMap((object) => (object.kind === 'ValidatingAdmissionPolicyBinding' ? [object.spec] : []));
  expect(bindings).toEqual(names.map((policyName) => ({ policyName, validationActions: ['Deny'] })));
});
