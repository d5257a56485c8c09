/** The subset of OpenAPI v3 that a structural schema of a CRD may use. */
export interface JsonSchema {
  type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';
  description?: string;
  default?: unknown;
  enum?: readonly unknown[];
  format?: string;
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: boolean;
  exclusiveMaximum?: boolean;
  multipleOf?: number;
  minItems?: number;
  maxItems?: number;
  minProperties?: number;
  maxProperties?: number;
  nullable?: boolean;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
  additionalProperties?: JsonSchema;
  'x-kubernetes-int-or-string'?: true;
  'x-kubernetes-preserve-unknown-fields'?: true;
  'x-kubernetes-embedded-resource'?: true;
  'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map';
  'x-kubernetes-list-map-keys'?: readonly string[];
  'x-kubernetes-map-type'?: 'atomic' | 'granular';
  'x-kubernetes-validations'?: readonly CelRule[];
}

/** A rule in CEL. `self` is the node that carries it. */
export interface CelRule {
  readonly rule: string;
  readonly message?: string;
  readonly messageExpression?: string;
  readonly reason?: string;
  readonly fieldPath?: string;
  /** The rule also runs on creation, and `oldSelf` is an optional. */
  readonly optionalOldSelf?: boolean;
}

/** A schema cannot be written as a structural schema; `path` names the field. */
export class SchemaError extends Error {
  readonly code = 'not-structural';
  readonly path: string;

  constructor(path: string, problem: string) {
    super(`${path === '' ? 'the schema' : path}: ${problem}`);
    this.name = 'SchemaError';
    this.path = path;
  }
}

export const joinPath = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`);
