import type { Finding } from '../finding.ts';
import { isTestFile } from '../layers.ts';
import { declared, type Repository } from '../repository.ts';
import { packageOf } from '../specifier.ts';
import type { Workspace } from '../workspace.ts';

interface Use {
  readonly file: string;
  readonly line: number;
  readonly isTest: boolean;
}

/** What a package imports is what its package.json declares. The root's development dependencies are there for all tests. */
export function checkDependencies(repository: Repository): readonly Finding[] {
  const shared = declared(repository.root).development;
  return repository.workspaces.flatMap((workspace) => {
    const uses = usesOf(workspace);
    return [...undeclared(workspace, uses, shared), ...unused(workspace, uses)];
  });
}

/** Package → where it is imported; without the package itself. */
export function usesOf(workspace: Workspace): ReadonlyMap<string, readonly Use[]> {
  const uses = workspace.sources.flatMap(({ file, imports }) =>
    imports.map(({ specifier, line }) => ({
      name: packageOf(specifier)?.name ?? workspace.manifest.name,
      use: { file, line, isTest: isTestFile(file) },
    })),
  );
  const others = uses.filter(({ name }) => name !== workspace.manifest.name);
  return new Map(
    [...Map.groupBy(others, ({ name }) => name)].map(([name, all]) => [name, all.map(({ use }) => use)] as const),
  );
}

type Uses = ReturnType<typeof usesOf>;

function undeclared(workspace: Workspace, uses: Uses, shared: ReadonlySet<string>): readonly Finding[] {
  const { runtime, development } = declared(workspace);
  const forTests = development.union(shared);
  // What is never published runs only where the root's dependencies are installed.
  const atRunTime = workspace.manifest.private ? runtime.union(shared) : runtime;
  return [...uses].flatMap(([name, places]) => {
    const use = places.find(({ isTest }) => !(atRunTime.has(name) || (isTest && forTests.has(name))));
    if (use === undefined) return [];
    const part = use.isTest ? 'devDependencies' : 'dependencies';
    const text = `"${name}" is imported but not declared: add it to the ${part} of ${workspace.file}`;
    return [{ file: use.file, line: use.line, rule: 'dependency', text }];
  });
}

function unused(workspace: Workspace, uses: Uses): readonly Finding[] {
  const { runtime, development } = declared(workspace);
  const found = (name: string, text: string): Finding => ({
    file: workspace.file,
    line: workspace.lineOf(name),
    rule: 'dependency',
    text: `"${name}" ${text}`,
  });
  const isUsed = (name: string) => uses.has(name.replace(/^@types\//, ''));
  return [...runtime.union(development)].flatMap((name) => {
    if (!isUsed(name)) return [found(name, 'is declared but never imported: remove it')];
    if (!runtime.has(name) || uses.get(name)?.some(({ isTest }) => !isTest)) return [];
    return [found(name, 'is imported by tests only: move it to devDependencies')];
  });
}
