import type { Finding } from '../finding.ts';
import { type Layers, rowOf } from '../layers.ts';
import { quoted, readTable } from '../markdown-table.ts';
import type { Repository } from '../repository.ts';

const PAGE = 'ARCHITECTURE.md';
const TABLE = 'tools/layers/src/layers.ts';

/** Each entry point has a row in the table of imports, each row an entry point, and the page shows the same table. */
export function checkImportTable(repository: Repository, layers: Layers): readonly Finding[] {
  const found = (file: string, line: number, text: string): Finding => ({ file, line, rule: 'import-table', text });
  const places = repository.workspaces.flatMap(({ file, entries }) =>
    [...new Set(entries.values())].map((layer) => ({ file, layer })),
  );
  const met = new Set(places.map(({ layer }) => rowOf(layer, layers)));
  const written = new Map(
    readTable(repository.read(PAGE), 'Imports').map(({ line, cells }) => [cells[0] ?? '', { line, cells }] as const),
  );
  const expected = new Map<string, Names>(
    Object.entries(layers).map(([layer, row]) => [`\`${layer}\``, cellsOf(row)] as const),
  );
  return [
    ...places
      .filter(({ layer }) => rowOf(layer, layers) === undefined)
      .map(({ file, layer }) => found(file, 1, `\`${layer}\` has no row in ${TABLE}: add one`)),
    ...Object.keys(layers)
      .filter((layer) => !met.has(layer))
      .map((layer) => found(TABLE, 1, `the row \`${layer}\` stands for no entry point: remove it`)),
    ...[...expected].flatMap(([layer, cells]) => {
      const row = written.get(layer);
      if (row && cells.every((names, index) => sameNames(names, row.cells[index + 1] ?? ''))) return [];
      return [found(PAGE, row?.line ?? 1, `the row of ${layer} under "Imports" must be: ${markdown(layer, cells)}`)];
    }),
    ...[...written]
      .filter(([layer]) => !expected.has(layer))
      .map(([layer, { line }]) => found(PAGE, line, `${layer} under "Imports" has no row in ${TABLE}: remove it`)),
  ];
}

/** By cell: imports, imports of tests. */
type Names = readonly (readonly string[])[];

function cellsOf({ imports, tests = [] }: Layers[string]): Names {
  return [imports, tests];
}

function sameNames(names: readonly string[], cell: string): boolean {
  return new Set(names).symmetricDifference(new Set(quoted(cell))).size === 0;
}

function markdown(layer: string, cells: Names): string {
  return `| ${[layer, ...cells.map((names) => names.map((name) => `\`${name}\``).join(', '))].join(' | ')} |`;
}
