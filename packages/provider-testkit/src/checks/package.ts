import { importConditions, type Manifest, parseManifest } from '@esox/loader';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { always, type Check, providerOf, type Subject } from '../check.ts';
import { structuralProblem } from '../structural-problem.ts';

export const manifest: Check = {
  title: 'has a manifest that agrees with its code',
  applies: always,
  async run(subject) {
    const { manifest: found, packageJson } = await readPackage(subject);
    const { plugin } = subject;
    if (plugin.esox !== found.spec)
      throw new Error(`the code speaks ${String(plugin.esox)}, the manifest ${found.spec}`);
    const ids = plugin.providers.map(({ id }) => id).toSorted();
    if (ids.join() !== found.providers.toSorted().join()) {
      throw new Error(`the code brings the providers ${ids.join()}, the manifest names ${found.providers.join()}`);
    }
    if (Object.hasOwn(Object(packageJson['dependencies']) as object, '@esox/core')) {
      throw new Error(
        '@esox/core belongs into peerDependencies only: a copy of its own would not be the one of the operator',
      );
    }
  },
};

export const schema: Check = {
  title: 'brings a structural schema and an example that its own validation accepts',
  applies: always,
  async run(subject) {
    const { manifest: found, folder } = await readPackage(subject);
    const provider = providerOf(subject.plugin);
    const file: unknown = JSON.parse(await readFile(join(folder, found.schema), 'utf8'));
    const { id, description, schema: root } = Object(file) as Record<string, unknown>;
    if (id !== provider.id) throw new Error(`${found.schema} is not the schema of ${provider.id}`);
    if (typeof description !== 'string' || description === '') throw new Error(`${found.schema} has no description`);
    const problem = structuralProblem(root);
    if (problem !== undefined) throw new Error(`${found.schema} is not structural: ${problem}`);
    const example: unknown = parse(await readFile(join(folder, dirname(found.schema), 'example.yaml'), 'utf8'));
    const config = member(member(member(example, 'spec'), 'provider'), provider.id);
    if (config === undefined) throw new Error(`example.yaml has no spec.provider.${provider.id}`);
    const result = await provider.config['~standard'].validate(config);
    if (result.issues)
      throw new Error(`example.yaml is not valid: ${result.issues.map(({ message }) => message).join('; ')}`);
  },
};

export const importing: Check = {
  title: 'does nothing when it is imported: no connection, no listener, no process, no file written, no timer',
  applies: always,
  async run(subject) {
    const { folder, packageJson } = await readPackage(subject);
    const script = IMPORT_SCRIPT.replace('PACKAGE', JSON.stringify(packageJson['name']));
    // Denies writing files and starting processes; what goes to the network is recorded.
    const permissions = ['--permission', '--allow-fs-read=*', '--allow-addons'];
    const options = [...permissions, ...sourceCondition(folder), '--input-type=module', '--eval', script];
    const { stdout } = await promisify(execFile)(process.execPath, options, { cwd: folder, env: {}, timeout: 30_000 });
    const done = JSON.parse(stdout) as string[]; // written by the script below
    if (done.length > 0) throw new Error(`importing the package did: ${done.join(', ')}`);
  },
};

/** Beside the sources of `@esox/core`, packages are imported from their sources, which need not be built. */
function sourceCondition(folder: string): string[] {
  try {
    const core = createRequire(join(folder, 'package.json')).resolve('@esox/core/package.json');
    return existsSync(join(dirname(core), 'src')) ? ['--conditions=esox-source'] : [];
  } catch {
    return [];
  }
}

const IMPORT_SCRIPT = `
import dgram from 'node:dgram';
import dns from 'node:dns';
import net from 'node:net';
const done = [];
const record = (target, name, what) => {
  const original = target[name];
  target[name] = function (...values) { done.push(what); return original.apply(this, values); };
};
record(net.Socket.prototype, 'connect', 'a connection');
record(net.Server.prototype, 'listen', 'a listener');
record(dgram, 'createSocket', 'a datagram socket');
record(dns, 'lookup', 'a name look-up');
record(globalThis, 'fetch', 'a fetch');
record(globalThis, 'setInterval', 'a timer');
const before = process.getActiveResourcesInfo().length;
try {
  await import(PACKAGE);
} catch (error) {
  done.push(error?.code === 'ERR_ACCESS_DENIED' ? 'something that needs ' + error.permission : 'an error: ' + (error?.code ?? error?.name));
}
if (process.getActiveResourcesInfo().length > before) done.push('something that keeps the process alive');
process.stdout.write(JSON.stringify(done), () => process.exit());
`;

interface ReadPackage {
  readonly folder: string;
  readonly manifest: Manifest;
  readonly packageJson: Readonly<Record<string, unknown>>;
}

async function readPackage({ facts }: Subject): Promise<ReadPackage> {
  const file = fileURLToPath(facts.packageJson);
  const packageJson = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>; // a package.json is an object
  const parsed = parseManifest(packageJson, importConditions());
  if ('problem' in parsed) throw new Error(`the manifest does not hold: ${parsed.problem}`);
  return { folder: dirname(file), manifest: parsed.manifest, packageJson };
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;
}
