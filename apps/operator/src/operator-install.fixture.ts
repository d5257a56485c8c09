import { execFile } from 'node:child_process';
import { cp, mkdir, readdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { withLock } from '@esox/testbed';

const repository = join(import.meta.dirname, '../../..');
const packages = ['api', 'cluster', 'controllers', 'core', 'loader'];
const dependencies = ['commander', 'pino', 'prom-client'];

/** Builds what the operator needs, and plugins. Test files may ask for it side by side: the first builds for all. */
export async function buildOperator(...plugins: readonly string[]): Promise<void> {
  const compiler = join(repository, 'node_modules/.bin/tsc');
  const projects = ['apps/operator', ...plugins.map((id) => `packages/providers/${id}`)];
  const lock = join(repository, 'node_modules/.cache/operator-build.lock');
  const build = () => promisify(execFile)(compiler, ['-b', ...projects], { cwd: repository });
  await withLock(lock, () => undefined, build);
}

/** Puts the built operator into a `node_modules` folder, with all that it needs and no plugin. Answers its program. */
export async function installOperator(nodeModules: string): Promise<string> {
  await buildOperator();
  const scope = join(nodeModules, '@esox');
  const operator = join(scope, 'operator');
  await mkdir(operator, { recursive: true });
  for (const part of ['dist', 'bin', 'package.json']) {
    await cp(join(repository, 'apps/operator', part), join(operator, part), { recursive: true });
  }
  const installed = new Set(await readdir(scope));
  for (const name of packages) {
    if (!installed.has(name)) await symlink(join(repository, 'packages', name), join(scope, name));
  }
  for (const name of dependencies) await symlink(join(repository, 'node_modules', name), join(nodeModules, name));
  return join(operator, 'bin/esox-operator');
}
