export type JsonType = 'string' | 'number' | 'true' | 'false' | 'null' | 'json';
export interface JsonValue {
  readonly exists: boolean;
  readonly type: JsonType;
  readonly raw: string;
  readonly text: string;
}
function wrap(value: unknown): JsonValue {
  if (value === undefined) return { exists: false, type: 'null', raw: '', text: '' };
  const raw = JSON.stringify(value);
  const type =
    value === null
      ? 'null'
      : typeof value === 'object'
        ? 'json'
        : typeof value === 'boolean'
          ? value
            ? 'true'
            : 'false'
          : (typeof value as 'string' | 'number');
  return { exists: true, type, raw, text: typeof value === 'string' ? value : value === null ? '' : raw };
}
export function get(source: string, path: string): JsonValue {
  let node: unknown;
  try {
    node = JSON.parse(source);
  } catch {
    return wrap(undefined);
  }
  for (const part of path.split('.'))
    node = node !== null && typeof node === 'object' ? (node as Record<string, unknown>)[part] : undefined;
  return wrap(node);
}
export function members(source: string): ReadonlyMap<string, JsonValue> | undefined {
  let node: unknown;
  try {
    node = JSON.parse(source);
  } catch {
    return undefined;
  }
  if (node === null || typeof node !== 'object' || Array.isArray(node)) return undefined;
  return new Map(Object.entries(node).map(([key, value]) => [key, wrap(value)]));
}
export function escapePath(key: string): string {
  return key;
}
