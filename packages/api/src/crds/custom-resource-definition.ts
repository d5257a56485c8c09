import type { JsonSchema } from '@esox/schema';
import type { ResourceType } from '../resources.ts';
import { COMPONENT_CONTROLLER, COMPONENT_LABEL } from '../well-known.ts';

export interface PrinterColumn {
  readonly name: string;
  readonly type: 'string' | 'date';
  readonly jsonPath: string;
}

export interface CustomResourceDefinitionVersion {
  readonly name: string;
  readonly served: boolean;
  readonly storage: boolean;
  readonly deprecated?: boolean;
  readonly schema: { readonly openAPIV3Schema: JsonSchema };
  readonly subresources: { readonly status: Record<string, never> };
  readonly additionalPrinterColumns?: readonly PrinterColumn[];
  readonly selectableFields?: readonly { readonly jsonPath: string }[];
}

/** A CustomResourceDefinition as it is applied. There is no conversion: both versions are stored alike. */
export interface CustomResourceDefinition {
  readonly apiVersion: 'apiextensions.k8s.io/v1';
  readonly kind: 'CustomResourceDefinition';
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
  readonly spec: {
    readonly group: string;
    readonly scope: 'Namespaced' | 'Cluster';
    readonly names: {
      readonly kind: string;
      readonly listKind: string;
      readonly plural: string;
      readonly singular: string;
      readonly shortNames: readonly string[];
      readonly categories: readonly string[];
    };
    readonly versions: readonly CustomResourceDefinitionVersion[];
  };
}

export interface Definition {
  readonly type: ResourceType;
  readonly shortName: string;
  readonly description: string;
  readonly spec: JsonSchema;
  readonly status: JsonSchema;
  readonly columns: readonly PrinterColumn[];
  readonly selectableFields?: readonly string[];
}

const SUBRESOURCES = { status: {} } as const;
const ANYTHING: JsonSchema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

export function customResourceDefinition(definition: Definition): CustomResourceDefinition {
  const { type } = definition;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${type.plural}.${type.group}`, labels: { [COMPONENT_LABEL]: COMPONENT_CONTROLLER } },
    spec: {
      group: type.group,
      scope: type.namespaced ? 'Namespaced' : 'Cluster',
      names: {
        kind: type.kind,
        listKind: `${type.kind}List`,
        plural: type.plural,
        singular: type.kind.toLowerCase(),
        shortNames: [definition.shortName],
        categories: ['external-secrets'],
      },
      versions: [served(definition), formerVersion()],
    },
  };
}

function served(definition: Definition): CustomResourceDefinitionVersion {
  return {
    name: definition.type.version,
    served: true,
    storage: true,
    schema: {
      openAPIV3Schema: {
        type: 'object',
        description: definition.description,
        properties: {
          apiVersion: { type: 'string' },
          kind: { type: 'string' },
          metadata: { type: 'object' },
          spec: definition.spec,
          status: definition.status,
        },
        // ESO's schema does not require a spec; its webhook does. An object stored without one may keep its status.
        'x-kubernetes-validations': [
          {
            rule: 'has(self.spec) || (oldSelf.hasValue() && !has(oldSelf.value().spec))',
            message: 'spec is missing',
            optionalOldSelf: true,
          },
        ],
      },
    },
    subresources: SUBRESOURCES,
    additionalPrinterColumns: definition.columns,
    ...(definition.selectableFields
      ? { selectableFields: definition.selectableFields.map((jsonPath) => ({ jsonPath })) }
      : {}),
  };
}

/** Objects written years ago may still be stored as v1beta1: it is declared, so that they can be read, and not served. */
function formerVersion(): CustomResourceDefinitionVersion {
  return {
    name: 'v1beta1',
    served: false,
    storage: false,
    deprecated: true,
    schema: { openAPIV3Schema: { type: 'object', properties: { spec: ANYTHING, status: ANYTHING } } },
    subresources: SUBRESOURCES,
  };
}

/** A field of the Ready condition, as a JSONPath of a printer column. */
export const ofReady = (field: string): string => `.status.conditions[?(@.type=="Ready")].${field}`;
