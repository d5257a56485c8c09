import type { z } from 'zod';
import { type Described, described } from './described.ts';
import { joinPath } from './json-schema.ts';

/**
 * A Markdown table of all fields. An object with a `title` in its meta is shown as one field of that type; its fields
 * are not listed.
 */
export function optionsTable(schema: z.ZodType): string {
  const lines = fields(described(schema), '').map(({ path, node, required }) =>
    [`\`${path}\`${required ? ' **(required)**' : ''}`, typeOf(node), defaultOf(node), text(node)].join(' | '),
  );
  return ['| Field | Type | Default | Meaning |', '|---|---|---|---|', ...lines.map((line) => `| ${line} |`)].join(
    '\n',
  );
}

interface Field {
  path: string;
  node: Described;
  required: boolean;
}

function fields(node: Described, path: string): Field[] {
  if (node.title !== undefined && path !== '') return [];
  const own = Object.entries(node.properties ?? {}).flatMap(([name, property]) => {
    const child = joinPath(path, name);
    const required = node.required?.includes(name) ?? false;
    return [{ path: child, node: property, required }, ...fields(property, child)];
  });
  const items = node.items === undefined ? [] : fields(node.items, `${path}[]`);
  const values = typeof node.additionalProperties === 'object' ? fields(node.additionalProperties, `${path}{}`) : [];
  return [...own, ...items, ...values];
}

function typeOf(node: Described): string {
  if (node.title !== undefined) return node.title;
  if (node['x-kubernetes-int-or-string']) return 'integer or string';
  if (node.enum) return node.enum.map((value) => `\`${String(value)}\``).join(', ');
  if (node.items) return `list of ${typeOf(node.items)}`;
  if (typeof node.additionalProperties === 'object') return `map of ${typeOf(node.additionalProperties)}`;
  if (node.format === 'base64' || node.format === 'byte') return 'base64';
  if (node.format === 'date-time') return 'time';
  return node.type ?? 'any';
}

function defaultOf(node: Described): string {
  return node.default === undefined ? '' : `\`${escapePipes(JSON.stringify(node.default))}\``;
}

function text(node: Described): string {
  const description = escapePipes((node.description ?? '').replaceAll(/\s+/g, ' '));
  return node.deprecated ? `Deprecated. ${description}`.trimEnd() : description;
}

const escapePipes = (cell: string): string => cell.replaceAll('|', '\\|');
