import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { serverBinary } from './build.ts';
import { freePort } from './free-port.ts';
import { httpStatus } from './http-status.ts';
import { startServerProcess } from './server-process.ts';
import { removeTemporaryFolder, temporaryFolder } from './temporary-folder.ts';
import { vaultAccess, type VaultAccess } from './vault-client.ts';
import { waitUntil } from './wait-until.ts';

/** A Vault that this process has started. */
export interface Vault extends VaultAccess, AsyncDisposable {
  readonly pid: number;
  /** Its connections stay open and nothing answers. */
  pause(): void;
  resume(): void;
  /** SIGKILL, as in a crash. */
  kill(): Promise<void>;
  /** Starts it again after `kill`: same port, root token and data. Only where it keeps its data. */
  start(): Promise<void>;
  /** Stops it for good; its data is gone. */
  stop(): Promise<void>;
}

export interface VaultOptions {
  /** On disk instead of in memory, so that it outlives a `kill`. */
  keepsData?: boolean;
  /** Added to that of this process, such as a proxy. */
  environment?: Readonly<Record<string, string>>;
}

/** Starts a real Vault, unsealed, with KV version 2 at `secret/` and version 1 at `kv1/`. */
export async function startVault({ keepsData = false, environment = {} }: VaultOptions = {}): Promise<Vault> {
  const binary = await serverBinary('vault');
  const folder = await temporaryFolder('vault');
  const tokenFile = join(folder, 'root-token');
  const authorityFile = join(folder, 'ca.crt');
  const address = `127.0.0.1:${await freePort()}`;
  const tlsAddress = `127.0.0.1:${await freePort()}`;
  const url = `http://${address}`;
  const flags = [
    `--listen=${address}`,
    `--tls-listen=${tlsAddress}`,
    `--ca-file=${authorityFile}`,
    `--root-token-file=${tokenFile}`,
    ...(keepsData ? [`--data-dir=${folder}`] : []),
  ];
  const ready = async () => (await httpStatus(`${url}/v1/sys/health`)) === 200;
  const launch = () => startServerProcess({ name: 'vault', binary, folder, arguments: flags, environment, ready });
  let server = await launch();
  const stop = async (): Promise<void> => {
    await server.stop();
    await removeTemporaryFolder(folder);
  };
  try {
    const access = vaultAccess({
      url,
      tlsUrl: `https://${tlsAddress}`,
      caPem: await readFile(authorityFile, 'utf8'),
      rootToken: await readFile(tokenFile, 'utf8'),
    });
    await mountKeyValueEngines(access);
    return {
      ...access,
      get pid() {
        return server.pid;
      },
      kill: () => server.kill(),
      async start() {
        server = await launch();
      },
      pause: () => server.pause(),
      resume: () => server.resume(),
      stop,
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function mountKeyValueEngines(vault: VaultAccess): Promise<void> {
  await vault.write('sys/mounts/secret', { type: 'kv', options: { version: '2' } });
  await vault.write('sys/mounts/kv1', { type: 'kv', options: { version: '1' } });
  // A new KV version 2 mount refuses requests for a moment, while it upgrades its empty storage.
  await waitUntil(async () => (await vault.request('GET', 'secret/config')).status === 200, {
    what: 'KV version 2 takes requests',
    deadlineMs: 20_000,
  });
}
