import { checkCycles } from './checks/cycles.ts';
import { checkDependencies } from './checks/dependencies.ts';
import { checkDependencyTable } from './checks/dependency-table.ts';
import { checkEnvironment } from './checks/environment.ts';
import { checkImportTable } from './checks/import-table.ts';
import { checkImports } from './checks/imports.ts';
import { checkNames } from './checks/names.ts';
import { checkProviderLayout } from './checks/provider-layout.ts';
import { checkSizes } from './checks/sizes.ts';
import type { Finding } from './finding.ts';
import type { Layers } from './layers.ts';
import { readRepository } from './repository.ts';

/** All findings in the repository that lies in a folder. */
export function check(folder: string, layers: Layers): readonly Finding[] {
  const repository = readRepository(folder);
  return [
    ...checkImports(repository, layers),
    ...checkDependencies(repository),
    ...checkCycles(repository),
    ...checkImportTable(repository, layers),
    ...checkDependencyTable(repository),
    ...checkProviderLayout(repository),
    ...checkNames(repository),
    ...checkSizes(repository),
    ...checkEnvironment(repository),
  ];
}
