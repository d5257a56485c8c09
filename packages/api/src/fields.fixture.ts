import { readFileSync } from 'node:fs';
import type { Row } from '@esox/schema';

/** The fields of ESO's CRDs, as rows. What ESO says by CEL (`constraints`) has tests of its own. */
export function expectedRows(file: URL, kind: string): Row[] {
  return readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Row & { kind: string; version: string; constraints?: string[] })
    .filter((row) => row.kind === kind)
    .map(({ kind: _kind, version: _version, constraints: _constraints, ...row }) => row);
}

/** Rows in an order and with a member order that does not matter. */
export function byPath(rows: readonly Row[]): Record<string, Row> {
  return Object.fromEntries(rows.map((row) => [row.path, row]));
}
