export { type ProviderSchema, crds } from './crds.ts';
export type { CustomResourceDefinition } from './custom-resource-definition.ts';
