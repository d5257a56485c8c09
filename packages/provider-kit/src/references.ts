import { z } from 'zod';
import type { Host } from '@esox/core';

const name = z
  .string()
  .min(1)
  .max(253)
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/);

const namespace = z
  .string()
  .min(1)
  .max(63)
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/)
  .describe('Namespace of the object. Only a ClusterSecretStore may name another one than its consumer’s.');

const key = z
  .string()
  .min(1)
  .max(253)
  .regex(/^[-._a-zA-Z0-9]+$/);

/** A reference to one key of a Secret. */
export const secretKeySelector = z
  .object({
    name: name.describe('Name of the Secret.').optional(),
    namespace: namespace.optional(),
    key: key.describe('Key in the Secret.').optional(),
  })
  .meta({ title: 'SecretKeySelector' });

/** A reference to a ServiceAccount. */
export const serviceAccountSelector = z
  .object({
    name: name.describe('Name of the ServiceAccount.'),
    namespace: namespace.optional(),
    audiences: z.array(z.string()).describe('Audiences of the token that is requested for it.').optional(),
  })
  .meta({ title: 'ServiceAccountSelector' });

/** Where the certificates of a private certificate authority are kept. */
export const caProvider = z
  .object({
    type: z.enum(['Secret', 'ConfigMap']).describe('Kind of the object that holds the certificates.'),
    name: name.describe('Name of the object.'),
    key: key.describe('Key in the object.').optional(),
    namespace: namespace.describe('Namespace of the object. Required in a ClusterSecretStore.').optional(),
  })
  .meta({ title: 'CAProvider' });

export type SecretKeySelector = z.output<typeof secretKeySelector>;
export type ServiceAccountSelector = z.output<typeof serviceAccountSelector>;
export type CaProvider = z.output<typeof caProvider>;

/**
 * Whether `ref` means "in the namespace of whoever consumes the store" while there is no consumer: a
 * ClusterSecretStore is only being validated. The client must then answer `check` with `unknown`, and log in nowhere.
 */
export function isReferent({ store }: Host, ref: { readonly namespace?: string | undefined } | undefined): boolean {
  // The consumer comes last: whoever looks at it gets a client for each consumer.
  return (
    ref !== undefined &&
    ref.namespace === undefined &&
    store.kind === 'ClusterSecretStore' &&
    store.consumerNamespace === undefined
  );
}
