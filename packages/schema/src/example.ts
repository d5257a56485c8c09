import type { z } from 'zod';
import { type Described, described } from './described.ts';
import { SchemaError, joinPath } from './json-schema.ts';

/**
 * A value that the schema accepts: the `example` of a node, else for an object its required fields and those with an
 * example of their own.
 * @throws SchemaError for a required field from which no example can be made.
 */
export function exampleOf(schema: z.ZodType): unknown {
  return example(described(schema), '');
}

function example(node: Described, path: string): unknown {
  if (node.example !== undefined) return node.example;
  if (node.properties) return exampleObject(node, path);
  if (node.default !== undefined) return node.default;
  if (node.enum?.[0] !== undefined) return node.enum[0];
  if (node.type === 'array' && node.items) return [example(node.items, `${path}[]`)];
  if (node.type === 'boolean') return true;
  throw new SchemaError(path, 'it needs an example in its meta');
}

function exampleObject(node: Described, path: string): unknown {
  const properties = Object.entries(node.properties ?? {});
  let shown = properties.filter(
    ([name, property]) => property.example !== undefined || node.required?.includes(name) === true,
  );
  // "Exactly one key": one of them has to be shown even where none is required.
  if (node.maxProperties === 1) shown = (shown.length > 0 ? shown : properties).slice(0, 1);
  return Object.fromEntries(shown.map(([name, property]) => [name, example(property, joinPath(path, name))]));
}
