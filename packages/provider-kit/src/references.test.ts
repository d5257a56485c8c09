import { expect, test } from 'vitest';
import type { Host } from '@esox/core';
import { caProvider, isReferent, secretKeySelector, serviceAccountSelector } from './references.ts';

function host(store: Partial<Host['store']>): Host {
  // Only `store` is looked at.
  return { store: { kind: 'ClusterSecretStore', consumerNamespace: undefined, ...store } } as Host;
}

test('a reference waits for a consumer only in a ClusterSecretStore that has none, and without a namespace', () => {
  expect(isReferent(host({}), { namespace: undefined })).toBe(true);
  expect(isReferent(host({}), { namespace: 'platform' })).toBe(false);
  expect(isReferent(host({}), undefined)).toBe(false);
  expect(isReferent(host({ consumerNamespace: 'team' }), {})).toBe(false);
  expect(isReferent(host({ kind: 'SecretStore' }), {})).toBe(false);
});

test('a reference with a namespace does not look at the consumer, so that all consumers share a client', () => {
  const store = {
    kind: 'ClusterSecretStore',
    get consumerNamespace() {
      throw new Error('looked at the consumer');
    },
  } as unknown as Host['store'];
  expect(isReferent({ store } as Host, { namespace: 'platform' })).toBe(false);
  expect(isReferent({ store } as Host, undefined)).toBe(false);
});

test.each([
  [secretKeySelector, { name: 'my.secret-1', namespace: 'team-a', key: 'tls.crt' }, true],
  [secretKeySelector, {}, true],
  [secretKeySelector, { name: 'Upper' }, false],
  [secretKeySelector, { name: '' }, false],
  [secretKeySelector, { namespace: 'a.b' }, false],
  [secretKeySelector, { key: 'a/b' }, false],
  [serviceAccountSelector, { name: 'app', audiences: ['vault'] }, true],
  [serviceAccountSelector, {}, false],
  [caProvider, { type: 'ConfigMap', name: 'ca' }, true],
  [caProvider, { type: 'Pod', name: 'ca' }, false],
])('%# %o', (schema, value, valid) => {
  expect(schema.safeParse(value).success).toBe(valid);
});
