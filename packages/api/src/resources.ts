import { GROUP } from './well-known.ts';

/** Where a kind is served. */
export interface ResourceType {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

export const EXTERNAL_SECRETS = {
  group: GROUP,
  version: 'v1',
  kind: 'ExternalSecret',
  plural: 'externalsecrets',
  namespaced: true,
} as const satisfies ResourceType;

export const SECRET_STORES = {
  group: GROUP,
  version: 'v1',
  kind: 'SecretStore',
  plural: 'secretstores',
  namespaced: true,
} as const satisfies ResourceType;

export const CLUSTER_SECRET_STORES = {
  group: GROUP,
  version: 'v1',
  kind: 'ClusterSecretStore',
  plural: 'clustersecretstores',
  namespaced: false,
} as const satisfies ResourceType;

/** `external-secrets.io/v1` */
export const EXTERNAL_SECRETS_API_VERSION = `${GROUP}/v1`;
