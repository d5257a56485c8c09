import type { Finding } from '../finding.ts';
import { declared, type Repository } from '../repository.ts';
import type { Workspace } from '../workspace.ts';

/** No package depends on itself by way of others, its tests included: what is declared is what is imported. */
export function checkCycles({ workspaces }: Repository): readonly Finding[] {
  const byName = new Map(workspaces.map((workspace) => [workspace.manifest.name, workspace]));
  const done = new Set<Workspace>();
  const visit = (workspace: Workspace, path: readonly Workspace[]): readonly Finding[] => {
    const start = path.indexOf(workspace);
    if (start !== -1) return [cycle([...path.slice(start), workspace])];
    if (done.has(workspace)) return [];
    done.add(workspace);
    return dependencies(workspace, byName).flatMap((next) => visit(next, [...path, workspace]));
  };
  return workspaces.flatMap((workspace) => visit(workspace, []));
}

function dependencies(workspace: Workspace, byName: ReadonlyMap<string, Workspace>): readonly Workspace[] {
  const { runtime, development } = declared(workspace);
  return [...runtime.union(development)].flatMap((name) => byName.get(name) ?? []);
}

function cycle(path: readonly Workspace[]): Finding {
  const names = path.map(({ manifest }) => manifest.name);
  const last = path.at(-2);
  return {
    file: last?.file ?? '',
    line: last?.lineOf(names.at(-1) ?? '') ?? 1,
    rule: 'cycle',
    text: `${names.join(' → ')}: move what both sides need into a package below them`,
  };
}
