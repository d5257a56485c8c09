import { z } from 'zod';
import { dataKey, resourceName } from './field-patterns.ts';
import { RULES } from './rules.ts';

const templateItem = z.object({
  key: dataKey().describe('Key in the ConfigMap or Secret.'),
  templateAs: z
    .enum(['Values', 'KeysAndValues'])
    .default('Values')
    .describe('Values: the text is the value of its key. KeysAndValues: the text is YAML with keys and values.'),
});

const templateRef = z.object({
  name: resourceName().describe('Name, in the namespace of the ExternalSecret.'),
  items: z.array(templateItem).describe('Keys that hold templates.'),
});

export const templateFromSchema = z.object({
  configMap: templateRef.optional().describe('Templates in a ConfigMap.'),
  secret: templateRef.optional().describe('Templates in a Secret.'),
  literal: z.string().optional().describe('A template that renders to YAML with keys and values.'),
  target: z.string().default('Data').describe('Data, Labels or Annotations; a path for targets that are not Secrets.'),
  valuesDecodingStrategy: z
    .enum(['Auto', 'Base64', 'Base64URL', 'None'])
    .optional()
    .describe('How rendered values are decoded. None where it is left out.'),
});
export type TemplateFrom = z.output<typeof templateFromSchema>;

export const templateSchema = z
  .object({
    type: z.string().optional().describe('Type of the Secret.'),
    engineVersion: z.enum(['v2']).default('v2').describe('Version of the template engine.'),
    mergePolicy: z
      .enum(['Replace', 'Merge'])
      .default('Replace')
      .describe('Merge keeps the values that were read beside those that the template makes.'),
    metadata: z
      .object({
        annotations: z.record(z.string(), z.string()).optional().describe('A template for each annotation.'),
        labels: z.record(z.string(), z.string()).optional().describe('A template for each label.'),
        finalizers: z.array(z.string()).optional().describe('Finalizers that are added.'),
      })
      .optional()
      .describe('Metadata of the target, in place of that of the ExternalSecret.'),
    data: z.record(z.string(), z.string()).optional().describe('A template for each key.'),
    templateFrom: z.array(templateFromSchema).optional().describe('Templates from elsewhere, before data.'),
  })
  .meta({
    cel: [
      { rule: "!has(self.type) || self.type != 'bootstrap.kubernetes.io/token'", message: RULES.bootstrapToken },
      {
        rule: "!has(self.type) || self.type != 'kubernetes.io/service-account-token' || !has(self.metadata) || !has(self.metadata.annotations) || !('kubernetes.io/service-account.name' in self.metadata.annotations)",
        message: RULES.serviceAccountToken,
      },
    ],
  });
export type ExternalSecretTemplate = z.output<typeof templateSchema>;
