import { z } from 'zod';
import { resourceName } from './field-patterns.ts';
import { GENERATORS_GROUP } from './well-known.ts';

/** In the order in which the CRD lists them. */
export const GENERATOR_KINDS = [
  'ACRAccessToken',
  'BeyondtrustWorkloadCredentialsDynamicSecret',
  'ClusterGenerator',
  'CloudsmithAccessToken',
  'ECRAuthorizationToken',
  'Fake',
  'GCRAccessToken',
  'GithubAccessToken',
  'GitlabDeployToken',
  'QuayAccessToken',
  'Password',
  'SSHKey',
  'STSSessionToken',
  'UUID',
  'VaultDynamicSecret',
  'Webhook',
  'Grafana',
  'MFA',
] as const;
export type GeneratorKind = (typeof GENERATOR_KINDS)[number];

export const storeRefSchema = z.object({
  name: resourceName().optional().describe('Name of the store.'),
  kind: z
    .enum(['SecretStore', 'ClusterSecretStore'])
    .optional()
    .describe('Kind of the store; SecretStore where it is left out.'),
});
export type StoreRef = z.output<typeof storeRefSchema>;

export const generatorRefSchema = z.object({
  apiVersion: z.string().default(`${GENERATORS_GROUP}/v1alpha1`).describe('API group and version of the generator.'),
  kind: z.enum(GENERATOR_KINDS).describe('Kind of the generator.'),
  name: resourceName().describe('Name of the generator.'),
});
export type GeneratorRef = z.output<typeof generatorRefSchema>;

const oneSource = {
  storeRef: storeRefSchema.optional().describe('A store other than the default one.'),
  generatorRef: generatorRefSchema.optional().describe('A generator that makes the values.'),
};

export const sourceRefSchema = z
  .object(oneSource)
  .refine((source) => (source.storeRef === undefined) !== (source.generatorRef === undefined), {
    error: 'set exactly one of storeRef and generatorRef',
  })
  .meta({ minProperties: 1, maxProperties: 1 });
export type SourceRef = z.output<typeof sourceRefSchema>;
