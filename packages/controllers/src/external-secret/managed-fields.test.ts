import { expect, it } from 'vitest';
import { fieldsOwnedBy } from './managed-fields.ts';

const manager = 'externalsecrets.external-secrets.io/app';

/** As a kube-apiserver 1.36 writes them for a Secret that two managers have written. */
const entries = [
  {
    manager,
    operation: 'Update',
    apiVersion: 'v1',
    fieldsType: 'FieldsV1',
    fieldsV1: {
      'f:data': { '.': {}, 'f:password': {}, 'f:f:odd': {} },
      'f:metadata': {
        'f:annotations': { '.': {}, 'f:reconcile.external-secrets.io/data-hash': {} },
        'f:labels': { '.': {}, 'f:team': {} },
        'f:ownerReferences': { '.': {}, 'k:{"uid":"4a4e5b0c-1a0f-4c6e-9d5f-0d6d1a1a2a3b"}': {} },
      },
      'f:type': {},
    },
  },
  { manager: 'kubectl-edit', operation: 'Update', apiVersion: 'v1', fieldsV1: { 'f:data': { 'f:foreign': {} } } },
];

const keys = (fields: ReturnType<typeof fieldsOwnedBy>) => ({
  data: [...fields.data],
  labels: [...fields.labels],
  annotations: [...fields.annotations],
});

it('names the keys of data, labels and annotations that this manager wrote last', () => {
  expect(keys(fieldsOwnedBy(manager, entries))).toEqual({
    data: ['password', 'f:odd'],
    labels: ['team'],
    annotations: ['reconcile.external-secrets.io/data-hash'],
  });
});

it('adds up all entries of the manager, and leaves those of a subresource out', () => {
  const more = [
    ...entries,
    { manager, operation: 'Apply', apiVersion: 'v1', fieldsV1: { 'f:data': { 'f:user': {} } } },
    { manager, operation: 'Update', subresource: 'status', fieldsV1: { 'f:data': { 'f:status': {} } } },
  ];
  expect(keys(fieldsOwnedBy(manager, more)).data).toEqual(['password', 'f:odd', 'user']);
});

it('owns nothing where nobody has kept the books, or another manager has', () => {
  const nothing = { data: [], labels: [], annotations: [] };
  expect(keys(fieldsOwnedBy(manager))).toEqual(nothing);
  expect(keys(fieldsOwnedBy('externalsecrets.external-secrets.io/other', entries))).toEqual(nothing);
  expect(keys(fieldsOwnedBy(manager, [{ manager }]))).toEqual(nothing);
});
