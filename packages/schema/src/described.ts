import { z } from 'zod';
import { type CelRule, type JsonSchema, SchemaError } from './json-schema.ts';

/** What zod writes for OpenAPI 3.0, together with our meta keys. */
export interface Described extends Omit<JsonSchema, 'properties' | 'items' | 'additionalProperties'> {
  title?: string;
  example?: unknown;
  deprecated?: boolean;
  cel?: readonly CelRule[];
  properties?: Record<string, Described>;
  items?: Described;
  additionalProperties?: Described | boolean;
  'x-esox-required'?: boolean;
  'x-esox-runtime-default'?: boolean;
  [keyword: string]: unknown;
}

/** @throws SchemaError for what JSON Schema cannot say: recursion, transformations as input, flags of patterns. */
export function described(schema: z.ZodType): Described {
  const json = z.toJSONSchema(schema, {
    target: 'openapi-3.0',
    io: 'input',
    cycles: 'throw',
    override: ({ zodSchema, jsonSchema, path }) => {
      refuseFlags(zodSchema, path);
      if ('format' in zodSchema._zod.def && zodSchema._zod.def.format === 'int32') jsonSchema.format = 'int32';
    },
  });
  // zod types its output by the JSON Schema standard, which does not know the keys set with `.meta()`.
  return json as unknown as Described;
}

/** JSON Schema has no place for flags: `/a/i` would silently become `/a/`. */
function refuseFlags(schema: z.core.$ZodType, path: readonly (string | number)[]): void {
  for (const pattern of schema._zod.bag['patterns'] instanceof Set ? schema._zod.bag['patterns'] : []) {
    if (pattern instanceof RegExp && pattern.flags.replace('u', '') !== '') {
      const where = path.filter((step) => step !== 'properties').join('.');
      throw new SchemaError(where, `the pattern has flags (${pattern.flags}); a CRD knows none`);
    }
  }
}
