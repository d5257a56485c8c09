/** Names that other controllers, dashboards and users rely on. They are ESO's and never change. */

export const GROUP = 'external-secrets.io';
export const GENERATORS_GROUP = 'generators.external-secrets.io';

/** Labels, annotations and their values. */
export const MANAGED_LABEL = 'reconcile.external-secrets.io/managed';
export const MANAGED_LABEL_VALUE = 'true';
export const OWNER_LABEL = 'reconcile.external-secrets.io/created-by';
export const DATA_HASH_ANNOTATION = 'reconcile.external-secrets.io/data-hash';
export const FORCE_SYNC_ANNOTATION = 'external-secrets.io/force-sync';
export const IGNORE_MAINTENANCE_ANNOTATION = 'external-secrets.io/ignore-maintenance-checks';
export const COMPONENT_LABEL = 'external-secrets.io/component';
export const COMPONENT_CONTROLLER = 'controller';
export const GENERATOR_OWNER_LABEL = 'generators.external-secrets.io/owner-key';

export const EXTERNAL_SECRET_FINALIZER = 'externalsecrets.external-secrets.io/externalsecret-cleanup';
export const CLUSTER_EXTERNAL_SECRET_FINALIZER = 'externalsecrets.external-secrets.io/clusterexternalsecret-cleanup';
export const PUSH_SECRET_FINALIZER = 'pushsecret.externalsecrets.io/finalizer';
export const STORE_FINALIZER = 'secretstore.externalsecrets.io/finalizer';
export const GENERATOR_STATE_FINALIZER = 'generatorstate.externalsecrets.io/finalizer';

/** Prefix of the field manager that writes an ExternalSecret's target; the name or its hash follows. */
export const FIELD_MANAGER_PREFIX = 'externalsecrets.external-secrets.io/';

/** Controllers as the event API names them. */
export const EXTERNAL_SECRET_COMPONENT = 'external-secrets';
export const SECRET_STORE_COMPONENT = 'secret-store';
export const CLUSTER_SECRET_STORE_COMPONENT = 'cluster-secret-store';

export const READY = 'Ready';
/** Only ever used in metrics, never stored. */
export const DELETED = 'Deleted';

/** Reasons of an ExternalSecret's Ready condition. */
export const ExternalSecretReason = {
  secretSynced: 'SecretSynced',
  secretSyncedError: 'SecretSyncedError',
  secretDeleted: 'SecretDeleted',
  secretMissing: 'SecretMissing',
  resourceSynced: 'ResourceSynced',
  resourceSyncedError: 'ResourceSyncedError',
  resourceDeleted: 'ResourceDeleted',
  resourceMissing: 'ResourceMissing',
} as const;
export type ExternalSecretReason = (typeof ExternalSecretReason)[keyof typeof ExternalSecretReason];

/** Reasons of a store's Ready condition. */
export const StoreReason = {
  valid: 'Valid',
  invalidProviderConfig: 'InvalidProviderConfig',
  validationUnknown: 'ValidationUnknown',
} as const;
export type StoreReason = (typeof StoreReason)[keyof typeof StoreReason];

/** Reasons of events that are not reasons of a condition. */
export const EventReason = {
  created: 'Created',
  updated: 'Updated',
  deleted: 'Deleted',
  missingProviderSecret: 'MissingProviderSecret',
  updateFailed: 'UpdateFailed',
  storeUnmaintained: 'StoreUnmaintained',
  storeDeprecated: 'StoreDeprecated',
} as const;
export type EventReason = (typeof EventReason)[keyof typeof EventReason];
