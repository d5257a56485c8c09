import { z } from 'zod';
import { type Condition, conditionSchema } from './condition.ts';
import { durationField, durationText } from './duration-field.ts';
import { dataKey, resourceName } from './field-patterns.ts';
import type { ObjectMeta } from './object-meta.ts';
import { RULES } from './rules.ts';
import { sourceRefSchema, storeRefSchema } from './references.ts';
import { templateSchema } from './template.ts';

// The strategies have no default in the CRD, so that a field left out stays absent in the stored object and GitOps
// tools see no difference. At run time absent means Default, None, None and Ignore.
const conversionStrategy = z
  .enum(['Default', 'Unicode'])
  .optional()
  .describe('How characters that a key of a Secret must not have are replaced. Default where it is left out.');
const decodingStrategy = z
  .enum(['Auto', 'Base64', 'Base64URL', 'None'])
  .optional()
  .describe('How the value is decoded. None where it is left out.');
const nullBytePolicy = z
  .enum(['Ignore', 'Fail'])
  .optional()
  .describe('Whether a value with a null byte is an error. Ignore where it is left out.');

export const remoteRefSchema = z.object({
  key: z.string().describe('Key of the secret in the external system.').meta({ example: 'team-a/database' }),
  property: z.string().optional().describe('Property inside the secret.').meta({ example: 'password' }),
  version: z.string().optional().describe('Version of the secret; the current one where it is left out.'),
  metadataPolicy: z
    .enum(['None', 'Fetch'])
    .optional()
    .describe('Fetch reads tags or labels in place of the value. None where it is left out.'),
  conversionStrategy,
  decodingStrategy,
  nullBytePolicy,
});
export type ExternalSecretRemoteRef = z.output<typeof remoteRefSchema>;

export const findSchema = z.object({
  path: z.string().optional().describe('Only secrets below this path.'),
  name: z
    .object({ regexp: z.string().optional().describe('RE2 expression, matched anywhere in the name.') })
    .optional()
    .describe('Only secrets with such a name.'),
  tags: z.record(z.string(), z.string()).optional().describe('Only secrets with all of these tags.'),
  conversionStrategy,
  decodingStrategy,
  nullBytePolicy,
});
export type ExternalSecretFind = z.output<typeof findSchema>;

const regexpRewrite = z.object({
  source: z.string().describe('RE2 expression.'),
  target: z.string().describe("Replacement in Go's syntax: $1, ${name}."),
});
const transformRewrite = z.object({
  template: z.string().describe('Go template; .value is the key, the output is the new key.'),
});
const mergeRewrite = z.object({
  into: z.string().default('').describe('Key that gets the merged object under strategy JSON.'),
  priority: z.array(z.string()).optional().describe('Keys that win, the last one most.'),
  priorityPolicy: z
    .enum(['IgnoreNotFound', 'Strict'])
    .default('Strict')
    .describe('Whether a key of priority that was not found is an error.'),
  conflictPolicy: z
    .enum(['Ignore', 'Error'])
    .default('Error')
    .describe('Whether the same property in two secrets is an error.'),
  strategy: z
    .enum(['Extract', 'JSON'])
    .default('Extract')
    .describe('Extract: the properties become the keys. JSON: they become one object under into.'),
});

export const rewriteSchema = z
  .object({
    merge: mergeRewrite.optional().describe('Merges the properties of all values.'),
    regexp: regexpRewrite.optional().describe('Replaces in keys by a regular expression.'),
    transform: transformRewrite.optional().describe('Makes new keys by a template.'),
  })
  .refine((step) => Object.values(step).filter((value) => value !== undefined).length === 1, {
    error: 'set exactly one of merge, regexp and transform',
  })
  .meta({ minProperties: 1, maxProperties: 1 });
export type ExternalSecretRewrite = z.output<typeof rewriteSchema>;

export const dataSchema = z.object({
  secretKey: dataKey().describe('Key in the Secret.').meta({ example: 'password' }),
  remoteRef: remoteRefSchema.describe('What to read.'),
  sourceRef: sourceRefSchema.optional().describe('Where to read it, in place of secretStoreRef.'),
});
export type ExternalSecretData = z.output<typeof dataSchema>;

export const dataFromSchema = z
  .object({
    extract: remoteRefSchema.optional().describe('All properties of one secret.'),
    find: findSchema.optional().describe('All secrets that match.'),
    rewrite: z.array(rewriteSchema).optional().describe('Changes of the keys, in order.'),
    sourceRef: sourceRefSchema.optional().describe('Where to read it, in place of secretStoreRef, or a generator.'),
  })
  .meta({
    cel: [
      {
        rule: '(has(self.extract) ? 1 : 0) + (has(self.find) ? 1 : 0) + (has(self.sourceRef) && has(self.sourceRef.generatorRef) ? 1 : 0) <= 1',
        message: RULES.oneSourceOfDataFrom,
      },
      { rule: 'has(self.extract) || has(self.find) || has(self.sourceRef)', message: RULES.noSourceOfDataFrom },
    ],
  });
export type ExternalSecretDataFrom = z.output<typeof dataFromSchema>;

export const CREATION_POLICIES = ['Owner', 'Orphan', 'Merge', 'None', 'CreateOrMerge'] as const;
export type CreationPolicy = (typeof CREATION_POLICIES)[number];
export const DELETION_POLICIES = ['Delete', 'Merge', 'Retain'] as const;
export type DeletionPolicy = (typeof DELETION_POLICIES)[number];

export const targetSchema = z
  .object({
    name: resourceName()
      .optional()
      .describe('Name of the Secret; the name of the ExternalSecret where it is left out.'),
    creationPolicy: z
      .enum(CREATION_POLICIES)
      .default('Owner')
      .describe('Who owns the Secret, and whether it is created, merged into or left alone.'),
    deletionPolicy: z
      .enum(DELETION_POLICIES)
      .default('Retain')
      .describe('What becomes of the Secret when the external system no longer has any of the secrets.'),
    immutable: z.boolean().optional().describe('Marks the Secret immutable.'),
    manifest: z
      .object({
        apiVersion: z.string().min(1).describe('API version of the target.'),
        kind: z.string().min(1).describe('Kind of the target.'),
      })
      .optional()
      .describe('A target of another kind than Secret.'),
    template: templateSchema.optional().describe('Blueprint of the target.'),
  })
  .meta({
    cel: [
      {
        rule: "self.deletionPolicy != 'Delete' || !(self.creationPolicy in ['Merge', 'None', 'CreateOrMerge'])",
        message: RULES.deletionPolicyDelete,
      },
      {
        rule: "self.deletionPolicy != 'Merge' || self.creationPolicy != 'None'",
        message: RULES.deletionPolicyMerge,
      },
    ],
  });
export type ExternalSecretTarget = z.output<typeof targetSchema>;

const SCHEDULE = /^(@(annually|yearly|monthly|weekly|daily|midnight|hourly)|@every [^\s]+.*|[^\s]+( [^\s]+){4})$/;

export const syncWindowsSchema = z.object({
  kind: z.enum(['allow', 'deny']).describe('Whether refreshes happen only inside or only outside of the windows.'),
  windows: z
    .array(
      z.object({
        schedule: z.string().min(1).regex(SCHEDULE).describe('Cron expression in UTC: when a window opens.'),
        duration: durationText().describe('How long it stays open.'),
      }),
    )
    .min(1)
    .describe('The windows.'),
});
export type SyncWindows = z.output<typeof syncWindowsSchema>;

export const externalSecretSpecSchema = z
  .object({
    secretStoreRef: storeRefSchema.optional().describe('Default store of data and dataFrom.'),
    target: targetSchema
      .default({ creationPolicy: 'Owner', deletionPolicy: 'Retain' })
      .describe('The Secret that is kept equal.'),
    refreshPolicy: z
      .enum(['CreatedOnce', 'Periodic', 'OnChange'])
      .optional()
      .describe('When values are read again. Periodic where it is left out.'),
    refreshInterval: durationField().default('1h0m0s').describe('How often values are read again; 0s reads them once.'),
    syncWindows: syncWindowsSchema.optional().describe('Times in which periodic refreshes happen, or do not.'),
    data: z.array(dataSchema).optional().describe('Single keys.'),
    dataFrom: z.array(dataFromSchema).optional().describe('Whole secrets, merged in order before data.'),
  })
  .meta({
    cel: [
      {
        rule: '(has(self.data) && size(self.data) > 0) || (has(self.dataFrom) && size(self.dataFrom) > 0)',
        message: RULES.nothingToRead,
      },
    ],
  });
export type ExternalSecretSpec = z.output<typeof externalSecretSpecSchema>;

const timestamp = z.iso.datetime({ offset: true });

export const externalSecretStatusSchema = z.object({
  refreshTime: timestamp.nullable().optional().describe('When the values were last read.'),
  syncedResourceVersion: z.string().optional().describe('What of the object the last sync saw.'),
  conditions: z
    .array(conditionSchema(z.enum(['Ready', 'Deleted'])))
    .optional()
    .describe('Whether the Secret is in sync.'),
  binding: z
    .object({ name: z.string().default('').describe('Name of the Secret.') })
    .optional()
    .describe('The Secret, for Service Binding.')
    .meta({ 'x-kubernetes-map-type': 'atomic' }),
});

export interface ExternalSecretStatus {
  refreshTime?: string | null;
  syncedResourceVersion?: string;
  conditions?: Condition[];
  binding?: { name: string };
}

export interface ExternalSecret {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  spec: ExternalSecretSpec;
  status?: ExternalSecretStatus;
}
