import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { structural } from './structural.ts';

const property = (schema: z.ZodType): unknown => structural(z.object({ field: schema })).properties?.['field'];

describe('what a CRD can say', () => {
  test.each<[string, z.ZodType, object]>([
    [
      'text with limits',
      z
        .string()
        .min(1)
        .max(253)
        .regex(/^[a-z]+$/),
      { type: 'string', minLength: 1, maxLength: 253, pattern: '^[a-z]+$' },
    ],
    ['an enum, in order', z.enum(['b', 'a']), { type: 'string', enum: ['b', 'a'] }],
    ['a literal', z.literal('x'), { type: 'string', enum: ['x'] }],
    ['an integer without the limits of JavaScript', z.int(), { type: 'integer' }],
    ['an integer with its own limit', z.int().min(1), { type: 'integer', minimum: 1 }],
    ['int32', z.int32(), { type: 'integer', format: 'int32' }],
    ['int32 with its own limit', z.int32().min(1), { type: 'integer', format: 'int32', minimum: 1 }],
    ['int64', z.int().meta({ format: 'int64' }), { type: 'integer', format: 'int64' }],
    ['a number with an open bound', z.number().gt(3), { type: 'number', minimum: 3, exclusiveMinimum: true }],
    ['base64', z.base64(), { type: 'string', format: 'byte' }],
    ['a time', z.iso.datetime({ offset: true }), { type: 'string', format: 'date-time' }],
    ['null', z.string().nullable(), { type: 'string', nullable: true }],
    ['a list', z.array(z.string()).min(1), { type: 'array', minItems: 1, items: { type: 'string' } }],
    ['a map', z.record(z.string(), z.string()), { type: 'object', additionalProperties: { type: 'string' } }],
    ['anything', z.unknown(), { 'x-kubernetes-preserve-unknown-fields': true }],
    ['a default', z.string().default('x'), { type: 'string', default: 'x' }],
    ['a description', z.string().describe('Why.').optional(), { type: 'string', description: 'Why.' }],
    ['a transformation, as what goes in', z.string().transform((text) => text.length), { type: 'string' }],
    [
      'an integer or text',
      z.union([z.int(), z.string()]).meta({ 'x-kubernetes-int-or-string': true }),
      { 'x-kubernetes-int-or-string': true },
    ],
    [
      'a rule in CEL',
      z.string().meta({ cel: [{ rule: "self != ''", message: 'must not be empty' }] }),
      { type: 'string', 'x-kubernetes-validations': [{ rule: "self != ''", message: 'must not be empty' }] },
    ],
    [
      'an atomic map',
      z.object({ a: z.string() }).meta({ 'x-kubernetes-map-type': 'atomic', title: 'A', example: { a: 'b' } }),
      {
        type: 'object',
        'x-kubernetes-map-type': 'atomic',
        properties: { a: { type: 'string' } },
        required: ['a'],
      },
    ],
    [
      'an object that keeps other fields',
      z.looseObject({ a: z.string().optional() }),
      { type: 'object', 'x-kubernetes-preserve-unknown-fields': true, properties: { a: { type: 'string' } } },
    ],
    ['a strict object, since the API server prunes by itself', z.strictObject({}), { type: 'object', properties: {} }],
  ])('%s', (_, schema, expected) => {
    expect(property(schema)).toEqual(expected);
  });

  test('a field with a default is required only where that is said', () => {
    const schema = z.object({
      plain: z.string().default('x'),
      required: z.string().default('y').meta({ 'x-esox-required': true }),
      given: z.string(),
    });
    expect(structural(schema).required).toEqual(['required', 'given']);
  });

  test('a default of the run time stays out of the CRD', () => {
    expect(property(z.string().default('x').meta({ 'x-esox-runtime-default': true }))).toEqual({ type: 'string' });
  });
});

describe('what the API server would refuse', () => {
  test.each<[string, z.ZodType, RegExp]>([
    ['a union', z.union([z.string(), z.int()]), /outer\.field: a union/],
    [
      'a discriminated union',
      z.discriminatedUnion('k', [z.object({ k: z.literal('a') }), z.object({ k: z.literal('b') })]),
      /outer\.field: a union/,
    ],
    ['a tuple', z.tuple([z.string(), z.int()]), /outer\.field: a tuple/],
    [
      'an intersection',
      z.intersection(z.object({ a: z.string() }), z.object({ b: z.string() })),
      /outer\.field: an intersection/,
    ],
    ['two patterns', z.string().regex(/^a/).regex(/b$/), /outer\.field: two/],
    ['look-ahead', z.string().regex(/^(?!x)/), /outer\.field: .*look-around/],
    ['a back-reference', z.string().regex(/^(a)\1$/), /outer\.field: .*RE2/],
    ['flags', z.string().regex(/a/i), /outer\.field: .*flags \(i\)/],
    ['an ISO 8601 duration', z.iso.duration(), /outer\.field: /],
    ['a named schema', z.object({ a: z.string() }).meta({ id: 'Named' }), /outer\.field: an id in meta/],
    ['an item of a list', z.array(z.union([z.string(), z.int()])), /outer\.field\[\]: a union/],
    ['a value of a map', z.record(z.string(), z.tuple([z.string()])), /outer\.field\{\}: a tuple/],
    ['an unknown keyword', z.string().meta({ 'x-other': 1 }), /outer\.field: the keyword x-other/],
  ])('%s', (_, schema, message) => {
    expect(() => structural(z.object({ outer: z.object({ field: schema }) }))).toThrow(message);
  });

  test('recursion and dates have no form at all', () => {
    const node: z.ZodType = z.object({
      get child() {
        return node.optional();
      },
    });
    expect(() => structural(node)).toThrow();
    expect(() => structural(z.object({ at: z.date() }))).toThrow();
  });
});
