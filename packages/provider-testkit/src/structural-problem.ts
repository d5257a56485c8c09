const TYPES: readonly unknown[] = ['object', 'array', 'string', 'integer', 'number', 'boolean'];
const REFUSED = ['$ref', '$id', '$schema', 'definitions', 'patternProperties', 'dependencies', 'const', 'if', 'id'];

/** Why the API server would not take this schema inside a CRD; undefined where it would. */
export function structuralProblem(node: unknown, path = 'the root'): string | undefined {
  if (typeof node !== 'object' || node === null || Array.isArray(node)) return `${path} is not a schema`;
  const schema = node as Readonly<Record<string, unknown>>; // a JSON object
  const own = nodeProblem(schema);
  if (own !== undefined) return `${path} ${own}`;
  for (const [name, child] of Object.entries(Object(schema['properties']) as object)) {
    const problem = structuralProblem(child, `${path}, property ${name}`);
    if (problem !== undefined) return problem;
  }
  return nestedProblem(schema, path);
}

function nestedProblem(schema: Readonly<Record<string, unknown>>, path: string): string | undefined {
  for (const name of ['items', 'additionalProperties']) {
    const child = schema[name];
    const problem = child === undefined || child === true ? undefined : structuralProblem(child, `${path}, ${name}`);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function nodeProblem(schema: Readonly<Record<string, unknown>>): string | undefined {
  const refused = REFUSED.find((keyword) => Object.hasOwn(schema, keyword));
  if (refused !== undefined) return `uses ${refused}`;
  if (!hasType(schema)) return 'has no type';
  if (schema['properties'] !== undefined && schema['additionalProperties'] !== undefined) {
    return 'has both properties and additionalProperties';
  }
  if (schema['type'] === 'array' && schema['items'] === undefined) return 'is an array without items';
  return undefined;
}

function hasType(schema: Readonly<Record<string, unknown>>): boolean {
  if (schema['type'] !== undefined) return TYPES.includes(schema['type']);
  return schema['x-kubernetes-preserve-unknown-fields'] === true || schema['x-kubernetes-int-or-string'] === true;
}
