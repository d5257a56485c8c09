import { POSITIVE_DURATION_PATTERN } from '@esox/core/duration';
import { z } from 'zod';
import { type Condition, conditionSchema } from './condition.ts';
import { durationField } from './duration-field.ts';
import { namespaceName } from './field-patterns.ts';
import type { ObjectMeta } from './object-meta.ts';
import { RULES } from './rules.ts';

const matchExpression = z.object({
  key: z.string().describe('Key of the label.'),
  operator: z.string().describe('In, NotIn, Exists or DoesNotExist.'),
  values: z
    .array(z.string())
    .optional()
    .describe('Values, for In and NotIn.')
    .meta({ 'x-kubernetes-list-type': 'atomic' }),
});

export const labelSelectorSchema = z.object({
  matchLabels: z.record(z.string(), z.string()).optional().describe('Labels with these values.'),
  matchExpressions: z
    .array(matchExpression)
    .optional()
    .describe('Expressions that all hold.')
    .meta({ 'x-kubernetes-list-type': 'atomic' }),
});
export type LabelSelector = z.output<typeof labelSelectorSchema>;

export const storeConditionSchema = z.object({
  namespaceSelector: labelSelectorSchema
    .optional()
    .describe('Namespaces with such labels.')
    .meta({ 'x-kubernetes-map-type': 'atomic' }),
  namespaces: z.array(namespaceName()).optional().describe('Namespaces by name.'),
  namespaceRegexes: z
    .array(z.string())
    .optional()
    .describe('RE2 expressions, matched anywhere in the name of the namespace.'),
});
export type StoreCondition = z.output<typeof storeConditionSchema>;

export const retrySettingsSchema = z.object({
  maxRetries: z.int32().optional().describe('How often a failed call is repeated.'),
  retryInterval: durationField().optional().describe('Time between two attempts.'),
});
export type RetrySettings = z.output<typeof retrySettingsSchema>;

/** Everything but the provider's own part, which the installed plugins bring. */
export const secretStoreSpecSchema = z.object({
  controller: z
    .string()
    .optional()
    .describe('Controller class that serves this store; every instance where it is left out.'),
  provider: z
    .record(z.string(), z.unknown())
    .refine((provider) => Object.keys(provider).length === 1, { error: 'must name exactly one provider' })
    .describe('Exactly one provider with its configuration.'),
  retrySettings: retrySettingsSchema.optional().describe('How failed calls to the external system are repeated.'),
  refreshInterval: z
    .union([z.int(), z.string()], { error: RULES.refreshInterval })
    .optional()
    .describe('How often the store is checked again: seconds as a number, or a duration.')
    .meta({
      'x-kubernetes-int-or-string': true,
      cel: [
        {
          rule: `type(self) == int ? int(self) >= 0 : string(self).matches('${POSITIVE_DURATION_PATTERN}')`,
          message: RULES.refreshInterval,
        },
      ],
    }),
  conditions: z
    .array(storeConditionSchema)
    .optional()
    .describe('Which namespaces may use a ClusterSecretStore; all where it is left out.'),
});
export type SecretStoreSpec = z.output<typeof secretStoreSpecSchema>;

export const secretStoreStatusSchema = z.object({
  capabilities: z.string().optional().describe('ReadOnly, WriteOnly or ReadWrite.'),
  conditions: z.array(conditionSchema(z.string())).optional().describe('Whether the store is ready.'),
});

export interface SecretStoreStatus {
  capabilities?: 'ReadOnly' | 'WriteOnly' | 'ReadWrite';
  conditions?: Condition[];
}

export interface SecretStore {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  spec: SecretStoreSpec;
  status?: SecretStoreStatus;
}
