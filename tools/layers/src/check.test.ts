import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { findings, write } from './repository.fixture.ts';

it('finds nothing in a clean repository', () => {
  expect(findings({})).toEqual([]);
});

it('looks at nothing that is installed, built or hidden', () => {
  const bad = "import { bad } from '../../../other/src/bad.ts';\n";
  expect(
    findings({
      'packages/base/node_modules/x/src/Bad_Name.ts': bad,
      'packages/base/dist/utils.ts': bad,
      '.cache/Bad_Name.ts': bad,
    }),
  ).toEqual([]);
});

it('says where a source cannot be parsed', () => {
  expect(() => findings({ 'packages/base/src/contract/index.ts': 'export const = 1;' })).toThrow(
    /^packages\/base\/src\/contract\/index\.ts cannot be parsed: /,
  );
});

it('the command prints what it found and ends with 1', () => {
  const folder = write({ 'package.json': { workspaces: ['packages/*'] }, 'docs/Bad_Name.txt': '' });
  const { status, stderr } = spawnSync(process.execPath, [join(import.meta.dirname, 'main.ts')], {
    cwd: folder,
    encoding: 'utf8',
  });
  expect(status).toBe(1);
  expect(stderr).toContain('docs/Bad_Name.txt:1 name: "Bad_Name.txt" is not in kebab-case: rename it\n');
});
