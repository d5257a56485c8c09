import { z } from 'zod';
import { ProviderError } from '@esox/core';

const texts = z.record(z.string(), z.string());

/** What stands under `spec` in the metadata of a pushed entry. */
const schema = z.strictObject({
  /** How the labels and annotations here join those of the source. */
  sourceMergePolicy: z.enum(['', 'Merge', 'Replace']).optional(),
  /** How the outcome joins those that the target has. */
  targetMergePolicy: z.enum(['', 'Merge', 'Replace', 'Ignore']).optional(),
  labels: texts.optional(),
  annotations: texts.optional(),
  /** A namespace other than the store's. For a ClusterSecretStore only. */
  remoteNamespace: z
    .string()
    .max(63)
    .regex(/^([a-z0-9]([-a-z0-9]*[a-z0-9])?)?$/)
    .optional(),
});

export type PushMetadata = z.output<typeof schema>;

const names = Object.keys(schema.shape);

/** Reads the metadata of one entry. Throws `invalid-ref` for fields and values that there are not. */
export function pushMetadata(metadata: unknown, storeKind: 'SecretStore' | 'ClusterSecretStore'): PushMetadata {
  const parsed = schema.safeParse(canonicalNames(metadata ?? {}));
  if (!parsed.success) throw invalid(parsed.error.issues[0]);
  if (parsed.data.remoteNamespace && storeKind !== 'ClusterSecretStore') {
    throw new ProviderError(
      'invalid-ref',
      'metadata.spec.remoteNamespace is for a ClusterSecretStore: a SecretStore writes into its own remoteNamespace only',
    );
  }
  return parsed.data;
}

/** Names count in any case, as in Go. */
function canonicalNames(metadata: unknown): unknown {
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata)) return metadata;
  return Object.fromEntries(
    Object.entries(metadata).map(([name, value]) => [
      names.find((known) => known.toLowerCase() === name.toLowerCase()) ?? name,
      value as unknown,
    ]),
  );
}

function invalid(issue: z.core.$ZodIssue | undefined): ProviderError {
  const field = ['metadata.spec', ...(issue?.path ?? []).slice(0, 1).map(String)].join('.');
  if (issue?.code === 'unrecognized_keys') {
    return new ProviderError(
      'invalid-ref',
      `${field} has the unknown field ${issue.keys.join(', ')}; there are ${names.join(', ')}`,
    );
  }
  const allowed: Readonly<Record<string, string>> = {
    'metadata.spec.sourceMergePolicy': 'is Merge or Replace',
    'metadata.spec.targetMergePolicy': 'is Merge, Replace or Ignore',
    'metadata.spec.labels': 'is a map of texts',
    'metadata.spec.annotations': 'is a map of texts',
    'metadata.spec.remoteNamespace': 'is the name of a namespace',
  };
  return new ProviderError('invalid-ref', `${field} ${allowed[field] ?? 'is an object'}`);
}
