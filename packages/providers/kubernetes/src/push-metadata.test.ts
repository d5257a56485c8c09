import { expect, test } from 'vitest';
import { pushMetadata } from './push-metadata.ts';

function failure(metadata: unknown, kind: 'SecretStore' | 'ClusterSecretStore' = 'ClusterSecretStore') {
  try {
    pushMetadata(metadata, kind);
    return undefined;
  } catch (error) {
    return error as { code: string; message: string };
  }
}

test('names count in any case, and absent metadata is none', () => {
  const spec = { SourceMergePolicy: 'Replace', LABELS: { a: 'b' }, remotenamespace: 'other' };
  expect(pushMetadata(spec, 'ClusterSecretStore')).toEqual({
    sourceMergePolicy: 'Replace',
    labels: { a: 'b' },
    remoteNamespace: 'other',
  });
  expect(pushMetadata(undefined, 'SecretStore')).toEqual({});
  expect(pushMetadata({ remoteNamespace: '' }, 'SecretStore')).toEqual({ remoteNamespace: '' });
});

test.each([
  [{ sourceMergePolicy: 'Ignore' }, 'metadata.spec.sourceMergePolicy is Merge or Replace'],
  [{ targetMergePolicy: 'merge' }, 'metadata.spec.targetMergePolicy is Merge, Replace or Ignore'],
  [{ labels: { a: 1 } }, 'metadata.spec.labels is a map of texts'],
  [{ annotations: ['a'] }, 'metadata.spec.annotations is a map of texts'],
  [{ remoteNamespace: 'Not/One' }, 'metadata.spec.remoteNamespace is the name of a namespace'],
  ['text', 'metadata.spec is an object'],
  [['a'], 'metadata.spec is an object'],
])('%o is refused', (metadata, message) => {
  expect(failure(metadata)).toMatchObject({ code: 'invalid-ref', message });
});

test('an unknown field is named, with those that there are', () => {
  expect(failure({ label: {} })).toMatchObject({
    code: 'invalid-ref',
    message:
      'metadata.spec has the unknown field label; there are sourceMergePolicy, targetMergePolicy, labels, annotations, remoteNamespace',
  });
});

test('another namespace is for a ClusterSecretStore', () => {
  expect(failure({ remoteNamespace: 'other' }, 'SecretStore')).toMatchObject({ code: 'invalid-ref' });
  expect(failure({ remoteNamespace: 'other' })).toBeUndefined();
});
