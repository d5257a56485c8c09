export { type ProviderSchema, crds } from './crds.ts';
export type { CustomResourceDefinition } from './custom-resource-definition.ts';
export { type ValidatingAdmissionPolicy, type ValidatingAdmissionPolicyBinding, policies } from './policies.ts';
export { externalSecretSpecSchema, externalSecretStatusSchema } from '../external-secret.ts';
export { secretStoreSpecSchema, secretStoreStatusSchema } from '../secret-store.ts';
