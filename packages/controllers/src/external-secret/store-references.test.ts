import type { ExternalSecret } from '@esox/api';
import { expect, it } from 'vitest';
import { referencedStores } from './store-references.ts';

function storesOf(spec: unknown): string[] {
  const object = { metadata: { name: 'app', namespace: 'team-a' }, spec } as ExternalSecret;
  return referencedStores(object).map(({ kind, namespace, name }) => `${kind} ${namespace ?? ''}/${name}`);
}

it('names the default store first, then those of data, then those of dataFrom', () => {
  const data = [{ sourceRef: { storeRef: { name: 'b', kind: 'ClusterSecretStore' } } }, {}];
  const dataFrom = [{ sourceRef: { storeRef: { name: 'c' } } }, { sourceRef: { generatorRef: { name: 'g' } } }];
  expect(storesOf({ secretStoreRef: { name: 'a' }, data, dataFrom })).toEqual([
    'SecretStore team-a/a',
    'ClusterSecretStore /b',
    'SecretStore team-a/c',
  ]);
});

it.each([
  [{ data: 5, dataFrom: 'text' }],
  [{ data: [null, 'text', { sourceRef: null }], dataFrom: [{ sourceRef: 'text' }, []] }],
  [{ secretStoreRef: 'text' }],
  [{ secretStoreRef: { name: { nested: true } } }],
  [{ secretStoreRef: { name: '' } }],
  [{ secretStoreRef: null, data: {} }],
])('an object from before the schema names none, and throws nothing: %j', (spec) => {
  expect(storesOf(spec)).toEqual([]);
});
