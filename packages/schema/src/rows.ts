import { type JsonSchema, joinPath } from './json-schema.ts';

/** One field of a schema. A limit that it does not have is absent. */
export interface Row {
  path: string;
  type?: string;
  required?: true;
  default?: unknown;
  enum?: readonly unknown[];
  format?: string;
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  minItems?: number;
  maxItems?: number;
  minProperties?: number;
  maxProperties?: number;
  nullable?: boolean;
  'x-kubernetes-int-or-string'?: true;
  'x-kubernetes-preserve-unknown-fields'?: true;
  'x-kubernetes-list-type'?: string;
  'x-kubernetes-list-map-keys'?: readonly string[];
  'x-kubernetes-map-type'?: string;
}

const NOT_IN_ROWS = new Set([
  'description',
  'properties',
  'required',
  'items',
  'additionalProperties',
  'x-kubernetes-validations',
]);

/** All fields below the root, by path: `a.b` a field, `list[]` an item, `map{}` a value. Sorted as a tree. */
export function rowsOf(schema: JsonSchema, path = ''): Row[] {
  return children(schema, path).flatMap(({ childPath, child, required }) => [
    row(childPath, child, required),
    ...rowsOf(child, childPath),
  ]);
}

interface Child {
  childPath: string;
  child: JsonSchema;
  required: boolean;
}

function children(schema: JsonSchema, path: string): Child[] {
  const found: Child[] = Object.entries(schema.properties ?? {})
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, child]) => ({
      childPath: joinPath(path, name),
      child,
      required: schema.required?.includes(name) ?? false,
    }));
  if (schema.items) found.push({ childPath: `${path}[]`, child: schema.items, required: false });
  if (schema.additionalProperties) {
    found.push({ childPath: `${path}{}`, child: schema.additionalProperties, required: false });
  }
  return found;
}

function row(path: string, schema: JsonSchema, required: boolean): Row {
  const limits = Object.entries(schema).filter(([key]) => !NOT_IN_ROWS.has(key));
  return { path, ...(required ? { required: true as const } : {}), ...Object.fromEntries(limits) };
}
