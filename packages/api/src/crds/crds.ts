import { type JsonSchema, structural } from '@esox/schema';
import { externalSecretSpecSchema, externalSecretStatusSchema } from '../external-secret.ts';
import { CLUSTER_SECRET_STORES, EXTERNAL_SECRETS, type ResourceType, SECRET_STORES } from '../resources.ts';
import { secretStoreSpecSchema, secretStoreStatusSchema } from '../secret-store.ts';
import {
  type CustomResourceDefinition,
  type PrinterColumn,
  customResourceDefinition,
  ofReady,
} from './custom-resource-definition.ts';

/** What a provider package brings in its `generated/schema.json`. */
export interface ProviderSchema {
  readonly id: string;
  readonly description: string;
  readonly schema: JsonSchema;
}

/** `kubectl apply` keeps a copy of the object in an annotation, of which an object may have 256 KiB. */
const LARGEST_BYTES = 150_000;

/**
 * The CRDs, with `spec.provider` of the stores assembled from these providers.
 * @throws Error when two providers have one id, or a CRD becomes too large to be applied.
 */
export function crds(providers: readonly ProviderSchema[]): CustomResourceDefinition[] {
  const all = [
    externalSecrets(),
    stores(SECRET_STORES, 'ss', 'Access to an external system, for ExternalSecrets of its namespace.', providers),
    stores(CLUSTER_SECRET_STORES, 'css', 'Access to an external system, for all namespaces.', providers),
  ];
  for (const definition of all) refuseTooLarge(definition);
  return all;
}

function refuseTooLarge(definition: CustomResourceDefinition): void {
  const bytes = Buffer.byteLength(JSON.stringify(definition));
  if (bytes <= LARGEST_BYTES) return;
  throw new Error(
    `the CRD ${definition.metadata.name} has ${bytes} bytes, more than the ${LARGEST_BYTES} that kubectl apply can take: select fewer providers, or shorten their descriptions`,
  );
}

function externalSecrets(): CustomResourceDefinition {
  return customResourceDefinition({
    type: EXTERNAL_SECRETS,
    shortName: 'es',
    description: 'Keeps a Secret equal to what external systems hold.',
    spec: structural(externalSecretSpecSchema),
    status: structural(externalSecretStatusSchema),
    columns: [
      { name: 'StoreType', type: 'string', jsonPath: '.spec.secretStoreRef.kind' },
      { name: 'Store', type: 'string', jsonPath: '.spec.secretStoreRef.name' },
      { name: 'Refresh Interval', type: 'string', jsonPath: '.spec.refreshInterval' },
      { name: 'Status', type: 'string', jsonPath: ofReady('reason') },
      { name: 'Ready', type: 'string', jsonPath: ofReady('status') },
      { name: 'Last Sync', type: 'date', jsonPath: '.status.refreshTime' },
    ],
    selectableFields: [
      '.spec.secretStoreRef.name',
      '.spec.secretStoreRef.kind',
      '.spec.target.name',
      '.spec.refreshInterval',
    ],
  });
}

const STORE_COLUMNS: readonly PrinterColumn[] = [
  { name: 'AGE', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  { name: 'Status', type: 'string', jsonPath: ofReady('reason') },
  { name: 'Capabilities', type: 'string', jsonPath: '.status.capabilities' },
  { name: 'Ready', type: 'string', jsonPath: ofReady('status') },
];

function stores(
  type: ResourceType,
  shortName: string,
  description: string,
  providers: readonly ProviderSchema[],
): CustomResourceDefinition {
  const spec = structural(secretStoreSpecSchema);
  return customResourceDefinition({
    type,
    shortName,
    description,
    spec: { ...spec, properties: { ...spec.properties, provider: providerSchema(providers) } },
    status: structural(secretStoreStatusSchema),
    columns: STORE_COLUMNS,
  });
}

function providerSchema(providers: readonly ProviderSchema[]): JsonSchema {
  const properties: Record<string, JsonSchema> = {};
  for (const { id, description, schema } of providers.toSorted((one, other) => (one.id < other.id ? -1 : 1))) {
    if (Object.hasOwn(properties, id)) throw new Error(`two providers have the id ${id}: leave one of them out`);
    properties[id] = { ...schema, description };
  }
  return {
    type: 'object',
    description: 'Exactly one provider with its configuration.',
    minProperties: 1,
    maxProperties: 1,
    properties,
  };
}
