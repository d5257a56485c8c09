import { z } from 'zod';
import { type ExternalSecret, externalSecretSpecSchema, externalSecretStatusSchema } from './external-secret.ts';
import type { ObjectMeta } from './object-meta.ts';
import { type SecretStore, secretStoreSpecSchema, secretStoreStatusSchema } from './secret-store.ts';

/** What is wrong with a field. Says what is expected and never what was found, which may be a secret. */
export interface Problem {
  readonly path: string;
  readonly message: string;
}

export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problems: Problem[] };

const metadataSchema = z.looseObject({ name: z.string().min(1) });

/** A status that does not fit is somebody's leftover: the controller writes it anew. */
const externalSecretSchema = z.object({
  apiVersion: z.string().optional(),
  kind: z.string().optional(),
  metadata: metadataSchema,
  spec: externalSecretSpecSchema.prefault({}),
  status: externalSecretStatusSchema.optional().catch(undefined),
});

const storeSchema = z.object({
  apiVersion: z.string().optional(),
  kind: z.string().optional(),
  metadata: metadataSchema,
  spec: secretStoreSpecSchema,
  status: secretStoreStatusSchema.optional().catch(undefined),
});

/**
 * Checks the shape of an ExternalSecret and fills in the defaults of the CRD. Unknown fields are left out. The rules
 * across fields are `checkExternalSecret`'s.
 */
export function parseExternalSecret(object: unknown): Parsed<ExternalSecret> {
  // zod types every optional field as possibly undefined, and ObjectMeta's own fields as unknown.
  return parsed(externalSecretSchema.safeParse(object)) as Parsed<ExternalSecret>;
}

/** The same for SecretStore and ClusterSecretStore; the provider's own part is left as it is. */
export function parseStore(object: unknown): Parsed<SecretStore> {
  // As above.
  return parsed(storeSchema.safeParse(object)) as Parsed<SecretStore>;
}

function parsed<T extends { metadata: Partial<ObjectMeta> }>(result: z.ZodSafeParseResult<T>): Parsed<T> {
  if (result.success) return { ok: true, value: result.data };
  const problems = result.error.issues.map((issue) => ({ path: pathOf(issue.path), message: messageOf(issue) }));
  return { ok: false, problems };
}

function pathOf(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    return text === '' ? String(step) : `${text}.${String(step)}`;
  }, '');
}

function messageOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${article(issue.expected)}`;
    case 'invalid_value':
      return `must be one of ${issue.values.map(String).join(', ')}`;
    case 'invalid_format':
      return issue.pattern === undefined ? `must be a valid ${issue.format}` : `must match ${issue.pattern}`;
    case 'too_small':
      return `must ${amount(issue.origin, `${issue.minimum} or more`)}`;
    case 'too_big':
      return `must ${amount(issue.origin, `${issue.maximum} or fewer`)}`;
    case 'custom':
    case 'invalid_union':
      return issue.message;
    default:
      return 'is not valid';
  }
}

const article = (type: string): string => (/^[aeio]/.test(type) ? `an ${type}` : `a ${type}`);

function amount(origin: string, limit: string): string {
  if (origin === 'string') return `have ${limit} characters`;
  return origin === 'array' ? `have ${limit} items` : `be ${limit}`;
}
