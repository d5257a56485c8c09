import type { ManagedFieldsEntry } from '@esox/cluster';

export interface OwnedFields {
  readonly data: ReadonlySet<string>;
  readonly labels: ReadonlySet<string>;
  readonly annotations: ReadonlySet<string>;
}

/** Keys of a Secret that were last written by `manager`, as the API server keeps the books. */
export function fieldsOwnedBy(manager: string, entries: readonly ManagedFieldsEntry[] = []): OwnedFields {
  const data = new Set<string>();
  const labels = new Set<string>();
  const annotations = new Set<string>();
  for (const entry of entries) {
    if (entry.manager !== manager || entry.subresource) continue;
    collect(entry.fieldsV1, ['f:data'], data);
    collect(entry.fieldsV1, ['f:metadata', 'f:labels'], labels);
    collect(entry.fieldsV1, ['f:metadata', 'f:annotations'], annotations);
  }
  return { data, labels, annotations };
}

function collect(fields: Record<string, unknown> | undefined, path: readonly string[], into: Set<string>): void {
  let node: unknown = fields;
  for (const step of path) node = isObject(node) ? node[step] : undefined;
  if (!isObject(node)) return;
  for (const field of Object.keys(node)) if (field.startsWith('f:')) into.add(field.slice(2));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
