import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';

const repository = join(import.meta.dirname, '../../..');
const run = promisify(execFile);
let folder: string;

interface Report {
  readonly numPassedTests: number;
  readonly numTotalTests: number;
}

/** The example of the guide, taken out of this repository, against the packages as they are published. */
beforeAll(async () => {
  await run(join(repository, 'node_modules/.bin/tsc'), ['-b', 'packages/provider-testkit'], { cwd: repository });
  folder = await mkdtemp(join(tmpdir(), 'esox-example-'));
  await cp(join(repository, 'examples/provider-acme'), folder, { recursive: true });
  await symlink(join(repository, 'node_modules'), join(folder, 'node_modules'));
});

afterAll(() => rm(folder, { recursive: true }));

test('the example provider builds and passes the conformance suite outside the repository', async () => {
  const bin = join(repository, 'node_modules/.bin');
  const env = { PATH: `${bin}:${process.env['PATH'] ?? ''}`, HOME: process.env['HOME'] ?? '' };
  await run('tsc', [], { cwd: folder, env });
  await run('vitest', ['run', '--reporter=json', '--outputFile=report.json'], { cwd: folder, env });
  const report = JSON.parse(await readFile(join(folder, 'report.json'), 'utf8')) as Report;
  expect(report.numPassedTests).toBe(report.numTotalTests);
  expect(report.numTotalTests).toBeGreaterThan(15);
});

test("esox-schema finds the example's generated files up to date", async () => {
  const command = join(repository, 'packages/schema/dist/files/command.js');
  await run(process.execPath, [command, folder, '--check']);
});
