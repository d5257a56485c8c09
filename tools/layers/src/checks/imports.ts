import { dirname, join } from 'node:path';
import type { Finding } from '../finding.ts';
import { allowedImports, isTestFile, type Layers, rowOf } from '../layers.ts';
import type { Repository } from '../repository.ts';
import type { Import, Source } from '../source.ts';
import { isRelative, packageOf } from '../specifier.ts';
import type { Workspace } from '../workspace.ts';

interface Place {
  readonly workspace: Workspace;
  readonly source: Source;
  readonly statement: Import;
}

/** Each import of ours leads to a layer that the table allows, and into another package by its name. */
export function checkImports(repository: Repository, layers: Layers): readonly Finding[] {
  const byName = new Map(repository.workspaces.map((workspace) => [workspace.manifest.name, workspace]));
  return repository.workspaces.flatMap((workspace) =>
    workspace.sources.flatMap((source) =>
      source.imports.flatMap((statement) => checkImport({ workspace, source, statement }, byName, layers)),
    ),
  );
}

function checkImport(place: Place, byName: ReadonlyMap<string, Workspace>, layers: Layers): readonly Finding[] {
  const { workspace, source, statement } = place;
  if (isRelative(statement.specifier)) {
    const target = join(dirname(source.file), statement.specifier);
    if (!target.startsWith(`${workspace.folder}/`)) {
      return [found(place, 'boundary', 'leaves the package: import the other package by its name')];
    }
    return checkLayer(place, workspace.layerOf(target), layers);
  }
  const wanted = packageOf(statement.specifier);
  const target = byName.get(wanted?.name ?? '');
  if (wanted === undefined || target === undefined || wanted.entry.endsWith('.json')) return [];
  const layer = target.entries.get(wanted.entry);
  if (layer === undefined) {
    return [found(place, 'boundary', `is no entry point of the package: import one of ${list(target.entries.keys())}`)];
  }
  return checkLayer(place, layer, layers);
}

function checkLayer(place: Place, to: string, layers: Layers): readonly Finding[] {
  const { workspace, source } = place;
  const from = workspace.layerOf(source.file);
  const isTest = isTestFile(source.file);
  const target = rowOf(to, layers) ?? to;
  if (from === to || allowedImports(from, isTest, layers).includes(target)) return [];
  const who = isTest ? `the tests of \`${from}\`` : `\`${from}\``;
  const todo = 'move the code to where it may be imported, or change the table in tools/layers/src/layers.ts';
  return [found(place, 'import', `leads to \`${to}\`, which ${who} may not import: ${todo}`)];
}

function found({ source, statement }: Place, rule: string, text: string): Finding {
  return { file: source.file, line: statement.line, rule, text: `"${statement.specifier}" ${text}` };
}

function list(entries: Iterable<string>): string {
  return [...entries].map((entry) => `"${entry}"`).join(', ');
}
