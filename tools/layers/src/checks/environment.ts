import type { Finding } from '../finding.ts';
import { isTestFile } from '../layers.ts';
import type { Repository } from '../repository.ts';

const ALLOWED = /^(?:apps\/[^/]+\/src\/(?:main\.ts$|settings\/)|tools\/)/;

/** What the environment says is a setting: it is read, named and documented in one place. */
export function checkEnvironment({ workspaces }: Repository): readonly Finding[] {
  return workspaces
    .flatMap(({ sources }) => sources)
    .filter(({ file }) => !ALLOWED.test(file) && !isTestFile(file))
    .flatMap(({ file, environment }) =>
      environment.map((line) => ({
        file,
        line,
        rule: 'environment',
        text: 'process.env is read here: make it a setting in apps/<app>/src/settings and pass the value on',
      })),
    );
}
