import { type JsonSchema, joinPath } from './json-schema.ts';

/** What a row does not hold: it is in rows of its own, or for people. */
const NOT_IN_ROWS = [
  'description',
  'properties',
  'required',
  'items',
  'additionalProperties',
  'x-kubernetes-validations',
] as const;

/** One field of a schema. A limit that it does not have is absent. */
export interface Row extends Omit<JsonSchema, (typeof NOT_IN_ROWS)[number]> {
  path: string;
  required?: true;
}

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
  const left = new Set<string>(NOT_IN_ROWS);
  const limits = Object.entries(schema).filter(([key]) => !left.has(key));
  return { path, ...(required ? { required: true as const } : {}), ...Object.fromEntries(limits) };
}
