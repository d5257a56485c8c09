import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { constants, setPriority } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { startProgress } from './build-progress.ts';
import { withLock } from './build-lock.ts';
import { cacheFolder, contentHash } from './cache-folder.ts';
import { requireGo } from './go-toolchain.ts';
import { serverTable, type ServerName, type ServerProgram } from './server-table.ts';

const goFolder = join(import.meta.dirname, '..', 'go');
const failureLines = 30;

/**
 * The path of a server's binary, built first when the cache has none. Builds of one process run one
 * after the other: a Go build already uses all cores.
 */
export async function serverBinary(name: ServerName): Promise<string> {
  const given = kubebuilderAsset(name);
  if (given !== undefined) return given;
  const result = queue.then(() => cachedBinary(name));
  queue = result.catch(() => undefined);
  return result;
}
let queue: Promise<unknown> = Promise.resolve();

/** The binary in envtest's folder, when it is named and complete: half of it would mix two versions. */
export function kubebuilderAsset(
  name: ServerName,
  folder: string | undefined = process.env.KUBEBUILDER_ASSETS,
): string | undefined {
  if (!folder || name === 'vault') return undefined;
  const complete = ['etcd', 'kube-apiserver'].every((file) => existsSync(join(folder, file)));
  const path = resolve(folder, name);
  return complete && existsSync(path) ? path : undefined;
}

/** Where the cache has a server's binary, or would have it. */
export async function cachedServer(name: ServerName): Promise<string> {
  const { version, module } = serverTable[name];
  const hash = await contentHash(join(goFolder, module));
  return join(cacheFolder(), 'testbed', name, `${version}-${hash}`, name);
}

async function cachedBinary(name: ServerName): Promise<string> {
  const program = serverTable[name];
  const moduleFolder = join(goFolder, program.module);
  const binary = await cachedServer(name);
  if (existsSync(binary)) return binary;
  await requireGo(moduleFolder);
  const tellWaiting = (pid: number): void => {
    process.stderr.write(`testbed: waiting for process ${pid}, which builds ${name}\n`);
  };
  await withLock(`${dirname(binary)}.lock`, tellWaiting, async () => {
    if (existsSync(binary)) return;
    await mkdir(dirname(binary), { recursive: true });
    await buildInto({ name, program, moduleFolder, binary });
  });
  return binary;
}

interface Build {
  name: ServerName;
  program: ServerProgram;
  moduleFolder: string;
  binary: string;
}

/** A half-written binary never has the final name. */
async function buildInto(build: Build): Promise<void> {
  const temporary = `${build.binary}.${process.pid}.tmp`;
  try {
    await runGo(build, temporary);
    await rename(temporary, build.binary);
  } finally {
    await rm(temporary, { force: true });
  }
}

async function runGo({ name, program, moduleFolder }: Build, output: string): Promise<void> {
  const label = `${name} ${program.version}`;
  const flags = ['-s', '-w', ...program.linkerFlags].join(' ');
  const go = spawn(
    'go',
    ['build', '-v', '-mod=readonly', '-buildvcs=false', '-trimpath', '-ldflags', flags, '-o', output, program.package],
    { cwd: moduleFolder, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  if (go.pid !== undefined) setPriority(go.pid, constants.priority.PRIORITY_BELOW_NORMAL);
  const progress = startProgress(label, program.takes);
  const messages: string[] = [];
  createInterface(go.stderr).on('line', (line) => {
    // With -v Go prints the import path of each package; anything else is a message.
    if (/[\s:]/.test(line)) messages.push(line);
    else progress.package();
  });
  const [code] = (await once(go, 'close')) as [number | null];
  progress.end(code === 0 ? 'built' : 'failed');
  if (code !== 0) {
    throw new Error(`go build of ${label} failed:\n${messages.slice(-failureLines).join('\n')}`);
  }
}
