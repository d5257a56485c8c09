export type { Condition } from './condition.ts';
export { checkExternalSecret, checkTemplate } from './check-external-secret.ts';
export { checkStore, storeRefreshInterval } from './check-store.ts';
export type {
  CreationPolicy,
  DeletionPolicy,
  ExternalSecret,
  ExternalSecretData,
  ExternalSecretDataFrom,
  ExternalSecretFind,
  ExternalSecretRemoteRef,
  ExternalSecretRewrite,
  ExternalSecretSpec,
  ExternalSecretStatus,
  ExternalSecretTarget,
  SyncWindows,
} from './external-secret.ts';
export { type Parsed, type Problem, parseExternalSecret, parseStore } from './parse.ts';
export type { ManagedFieldsEntry, ObjectMeta, OwnerReference } from './object-meta.ts';
export { GENERATOR_KINDS, type GeneratorKind, type GeneratorRef, type SourceRef, type StoreRef } from './references.ts';
export {
  CLUSTER_SECRET_STORES,
  EXTERNAL_SECRETS,
  EXTERNAL_SECRETS_API_VERSION,
  type ResourceType,
  SECRET_STORES,
} from './resources.ts';
export type {
  LabelSelector,
  RetrySettings,
  SecretStore,
  SecretStoreSpec,
  SecretStoreStatus,
  StoreCondition,
} from './secret-store.ts';
export type { ExternalSecretTemplate, TemplateFrom } from './template.ts';
export * from './well-known.ts';
export { RULES, type Rule, type Violation } from './rules.ts';
