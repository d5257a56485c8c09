import type { Finding } from '../finding.ts';
import { isTestFile } from '../layers.ts';
import { quoted, readTable } from '../markdown-table.ts';
import { declared, type Repository } from '../repository.ts';
import { packageOf } from '../specifier.ts';

const PAGE = 'ARCHITECTURE.md';
const DEVELOPMENT = 'development';

interface Use {
  readonly name: string;
  /** What the row may call the place: the layer, or `development`. */
  readonly places: readonly [string, ...string[]];
  readonly file: string;
  readonly line: number;
}

interface Reason {
  readonly name: string;
  readonly where: readonly string[];
  readonly line: number;
}

/** Each npm package has a row that says where it is used and why, and each row and place is real. */
export function checkDependencyTable(repository: Repository): readonly Finding[] {
  const uses = [...declaredForDevelopment(repository), ...imported(repository)];
  const reasons = reasonsIn(repository.read(PAGE));
  const found = (file: string, line: number, text: string): Finding => ({ file, line, rule: 'dependency-table', text });
  const missing = uses.filter(
    (use) => !reasons.some((reason) => reason.name === use.name && covers(reason.where, use)),
  );
  const firsts = new Map(missing.toReversed().map((use) => [`${use.name} ${use.places[0]}`, use]));
  return [
    ...[...firsts.values()].map(({ name, places: [place], file, line }) =>
      found(file, line, `\`${name}\` in ${place} has no row in ${PAGE}, "Dependencies": add it with its reason`),
    ),
    ...reasons.flatMap(({ name, where, line }) =>
      where
        .filter((place) => !uses.some((use) => use.name === name && covers([place], use)))
        .map((place) => found(PAGE, line, `\`${name}\` is not used in ${place}: remove that from the row`)),
    ),
  ];
}

/** What stands in a devDependencies is there for development, imported or not (compilers, types). */
function declaredForDevelopment({ root, workspaces }: Repository): readonly Use[] {
  const ours = new Set(workspaces.map(({ manifest }) => manifest.name));
  return [root, ...workspaces].flatMap((place) =>
    [...declared(place).development.difference(ours)].map((name) => ({
      name,
      places: [DEVELOPMENT] as const,
      file: place.file,
      line: place.lineOf(name),
    })),
  );
}

function imported({ workspaces }: Repository): readonly Use[] {
  const ours = new Set(workspaces.map(({ manifest }) => manifest.name));
  return workspaces.flatMap((workspace) =>
    workspace.sources.flatMap(({ file, imports }) =>
      imports.flatMap(({ specifier, line }) => {
        const name = packageOf(specifier)?.name;
        if (name === undefined || ours.has(name)) return [];
        const layer = workspace.layerOf(file);
        const isDevelopment = isTestFile(file) || layer.startsWith('tools/');
        return [{ name, places: isDevelopment ? ([DEVELOPMENT, layer] as const) : ([layer] as const), file, line }];
      }),
    ),
  );
}

function reasonsIn(page: string): readonly Reason[] {
  return readTable(page, 'Dependencies').flatMap(({ line, cells: [names = '', where = ''] }) =>
    quoted(names).map((name) => ({ name, where: where.split(',').map((place) => place.trim()), line })),
  );
}

/** `providers` covers `providers/vault`. */
function covers(where: readonly string[], { places }: Use): boolean {
  return where.some((covering) => places.some((place) => place === covering || place.startsWith(`${covering}/`)));
}
