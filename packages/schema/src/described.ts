import { z } from 'zod';
import { type CelRule, type JsonSchema, SchemaError, joinPath } from './json-schema.ts';

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

/** @throws SchemaError for what OpenAPI cannot say, such as recursion, or says in a form that is no longer recognisable. */
export function described(schema: z.ZodType): Described {
  const json = z.toJSONSchema(schema, {
    target: 'openapi-3.0',
    io: 'input',
    cycles: 'throw',
    override: ({ zodSchema, jsonSchema, path }) => {
      const problem = problemOf(zodSchema);
      if (problem !== undefined) throw new SchemaError(fieldPath(path), problem);
      if ('format' in zodSchema._zod.def && zodSchema._zod.def.format === 'int32') jsonSchema.format = 'int32';
    },
  });
  // zod types its output by the JSON Schema standard, which does not know the keys set with `.meta()`.
  return json as unknown as Described;
}

function problemOf(schema: z.core.$ZodType): string | undefined {
  const { def } = schema._zod;
  if (def.type === 'tuple') return 'a tuple is not structural; use an object, or a list of one kind';
  if (def.type === 'intersection') return 'an intersection is not structural; use one object';
  if (z.globalRegistry.get(schema)?.id !== undefined)
    return 'an id in meta makes a reference; leave it out, or use title';
  const flags = (def.checks ?? []).map(flagsOf).find((found) => found !== '');
  return flags === undefined ? undefined : `the pattern has flags (${flags}), and a CRD knows none`;
}

/** JSON Schema has no place for flags: `/a/i` would silently become `/a/`. */
function flagsOf({ _zod: { def } }: z.core.$ZodCheck): string {
  return 'pattern' in def && def.pattern instanceof RegExp ? def.pattern.flags.replace('u', '') : '';
}

/** `['properties', 'a', 'items', 'properties', 'b']` is `a[].b`. */
function fieldPath(path: readonly (string | number)[]): string {
  let text = '';
  for (let index = 0; index < path.length; index++) {
    const step = path[index];
    if (step === 'items') text += '[]';
    else if (step === 'additionalProperties') text += '{}';
    else if (step === 'properties') text = joinPath(text, String(path[++index]));
  }
  return text;
}
