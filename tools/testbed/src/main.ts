import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { serverBinary } from './build.ts';
import { defaultServers, isServerName, serverTable } from './server-table.ts';
import { startTestbed } from './testbed.ts';

const usage = `Builds and starts the real servers that Esox's tests talk to.

  node tools/testbed/src/main.ts build [server…]   build into the cache and print the paths
  node tools/testbed/src/main.ts start             start all, print how to reach them, stay until Ctrl-C

Servers: ${Object.keys(serverTable).join(', ')}
Without a name: ${defaultServers.join(', ')}

Environment:
  ESOX_CACHE_DIR       where built servers are kept (default: esox in the user's cache folder)
  KUBEBUILDER_ASSETS   a folder with etcd and kube-apiserver, to be used instead of building them
`;

async function build(names: readonly string[]): Promise<void> {
  for (const name of names.length > 0 ? names : defaultServers) {
    if (!isServerName(name))
      throw new Error(`There is no server "${name}". Servers: ${Object.keys(serverTable).join(', ')}`);
    process.stdout.write(`${await serverBinary(name)}\n`);
  }
}

/** Tokens are in this output on purpose: they belong to servers that end with this process. */
async function start(): Promise<void> {
  const running = await startTestbed();
  process.stdout.write(`${JSON.stringify(running.connections, null, 2)}\n`);
  const keepAlive = setInterval(() => undefined, 60_000);
  await Promise.race(['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => once(process, signal)));
  clearInterval(keepAlive);
  await running.stop();
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { help: { type: 'boolean', short: 'h' } },
  });
  const [command, ...names] = positionals;
  if (values.help) process.stdout.write(usage);
  else if (command === 'build') await build(names);
  else if (command === 'start' && names.length === 0) await start();
  else {
    process.stderr.write(usage);
    process.exitCode = 2;
  }
}

try {
  await main();
} catch (error) {
  process.stderr.write(`testbed: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
