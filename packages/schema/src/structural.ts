import { RE2JS } from 're2js';
import type { z } from 'zod';
import { type Described, described } from './described.ts';
import { type JsonSchema, SchemaError, joinPath } from './json-schema.ts';

const COPIED = [
  'type',
  'description',
  'enum',
  'minLength',
  'maxLength',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minItems',
  'maxItems',
  'minProperties',
  'maxProperties',
  'nullable',
  'x-kubernetes-preserve-unknown-fields',
  'x-kubernetes-embedded-resource',
  'x-kubernetes-list-type',
  'x-kubernetes-list-map-keys',
  'x-kubernetes-map-type',
] as const satisfies (keyof JsonSchema)[];

const HANDLED = [
  'default',
  'properties',
  'required',
  'items',
  'additionalProperties',
  'pattern',
  'format',
  'minimum',
  'maximum',
  'cel',
  'x-kubernetes-int-or-string',
];
/** Said for readers or for zod's own use; a CRD does without. */
const DROPPED = [
  '$schema',
  'title',
  'example',
  'deprecated',
  'readOnly',
  'contentEncoding',
  'x-esox-required',
  'x-esox-runtime-default',
];
const KNOWN = new Set<string>([...COPIED, ...HANDLED, ...DROPPED]);

/** Formats that the API server checks, among those that zod writes or an author sets. */
const FORMATS = new Set([
  'byte',
  'date',
  'date-time',
  'int32',
  'int64',
  'float',
  'double',
  'uuid',
  'email',
  'uri',
  'ipv4',
  'ipv6',
]);
const BOUNDS_OF_INTEGERS = new Set([Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, -(2 ** 31), 2 ** 31 - 1]);

/**
 * The structural schema of a CRD for what the API server gets to see: the input of the schema.
 * @throws SchemaError naming the field, on anything that the API server would refuse.
 */
export function structural(schema: z.ZodType): JsonSchema {
  return convert(described(schema), '');
}

function convert(node: Described, path: string): JsonSchema {
  if (node['x-kubernetes-int-or-string']) return { ...intOrString(node) };
  refuseUnknownKeywords(node, path);
  const result: JsonSchema = {};
  for (const key of COPIED) if (node[key] !== undefined) Object.assign(result, { [key]: node[key] });
  if (result.type === undefined) result['x-kubernetes-preserve-unknown-fields'] = true;
  Object.assign(result, textLimits(node, path), numberLimits(node), defaultOf(node), validations(node));
  Object.assign(result, objectParts(node, path));
  if (node.items) result.items = convert(node.items, `${path}[]`);
  return result;
}

function refuseUnknownKeywords(node: Described, path: string): void {
  if (node['anyOf'] !== undefined || node['oneOf'] !== undefined) {
    throw new SchemaError(path, 'a union is not structural; use an object with exactly one key');
  }
  if (node['allOf'] !== undefined) {
    throw new SchemaError(path, 'two conditions on one value are not structural; write one pattern, or a CEL rule');
  }
  for (const keyword of Object.keys(node)) {
    if (!KNOWN.has(keyword)) throw new SchemaError(path, `the keyword ${keyword} is not structural`);
  }
}

function intOrString(node: Described): JsonSchema {
  const description = node.description === undefined ? {} : { description: node.description };
  return { ...description, 'x-kubernetes-int-or-string': true, ...defaultOf(node), ...validations(node) };
}

/** zod writes a pattern beside each of its formats; where the API server knows the format, that is enough. */
function textLimits(node: Described, path: string): JsonSchema {
  const format = node.format === 'base64' ? 'byte' : node.format;
  if (format !== undefined && FORMATS.has(format)) return { format };
  if (node.pattern === undefined) {
    if (format === undefined) return {};
    throw new SchemaError(path, `the API server does not know the format ${format}; write a pattern or a CEL rule`);
  }
  try {
    RE2JS.compile(node.pattern);
  } catch {
    throw new SchemaError(path, `the API server cannot compile the pattern ${node.pattern}; RE2 has no look-around`);
  }
  return { pattern: node.pattern };
}

/** zod's integers carry the limits of their JavaScript or int32 range, which say nothing. */
function numberLimits(node: Described): JsonSchema {
  const limits: JsonSchema = {};
  const { minimum, maximum } = node;
  const all = node.type !== 'integer';
  if (minimum !== undefined && (all || !BOUNDS_OF_INTEGERS.has(minimum))) limits.minimum = minimum;
  if (maximum !== undefined && (all || !BOUNDS_OF_INTEGERS.has(maximum))) limits.maximum = maximum;
  return limits;
}

function defaultOf(node: Described): JsonSchema {
  return node.default === undefined || node['x-esox-runtime-default'] ? {} : { default: node.default };
}

function validations(node: Described): JsonSchema {
  return node.cel === undefined ? {} : { 'x-kubernetes-validations': node.cel };
}

/** Kubernetes calls `properties` and `additionalProperties` mutually exclusive: it prunes by itself. */
function objectParts(node: Described, path: string): JsonSchema {
  const { properties, additionalProperties } = node;
  if (properties === undefined) {
    if (typeof additionalProperties !== 'object') return {};
    return { additionalProperties: convert(additionalProperties, `${path}{}`) };
  }
  const converted = Object.entries(properties).map(
    ([name, property]) => [name, convert(property, joinPath(path, name))] as const,
  );
  const required = Object.keys(properties).filter(
    (name) => node.required?.includes(name) || properties[name]?.['x-esox-required'] === true,
  );
  return {
    properties: Object.fromEntries(converted),
    ...(required.length > 0 ? { required } : {}),
    ...(typeof additionalProperties === 'object' ? { 'x-kubernetes-preserve-unknown-fields': true as const } : {}),
  };
}
