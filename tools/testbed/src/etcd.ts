import { join } from 'node:path';
import { serverBinary } from './build.ts';
import { freePort } from './free-port.ts';
import { httpStatus } from './http-status.ts';
import { startServerProcess } from './server-process.ts';
import { removeTemporaryFolder, temporaryFolder } from './temporary-folder.ts';

export interface Etcd extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
  /** May be copied, and replaced by an older copy, while it is killed. */
  readonly dataFolder: string;
  /** Its connections stay open and nothing answers. */
  pause(): void;
  resume(): void;
  /** SIGKILL, as in a crash. */
  kill(): Promise<void>;
  /** Starts it again after `kill`: same port and data. */
  start(): Promise<void>;
  /** Stops it for good, and removes its data. */
  stop(): Promise<void>;
}

/** An empty etcd that does not wait for the disk: its data outlives a `kill`, but not the machine's. */
export async function startEtcd(): Promise<Etcd> {
  const binary = await serverBinary('etcd');
  const folder = await temporaryFolder('etcd');
  const url = `http://127.0.0.1:${await freePort()}`;
  const dataFolder = join(folder, 'data');
  const flags = [
    `--data-dir=${dataFolder}`,
    `--listen-client-urls=${url}`,
    `--advertise-client-urls=${url}`,
    // No other member joins, so any port will do.
    '--listen-peer-urls=http://127.0.0.1:0',
    '--unsafe-no-fsync',
    '--log-level=warn',
  ];
  const ready = async () => (await httpStatus(`${url}/health`)) === 200;
  const launch = () => startServerProcess({ name: 'etcd', binary, folder, arguments: flags, ready });
  let server = await launch();
  const stop = async (): Promise<void> => {
    await server.stop();
    await removeTemporaryFolder(folder);
  };
  return {
    url,
    get pid() {
      return server.pid;
    },
    dataFolder,
    pause: () => server.pause(),
    resume: () => server.resume(),
    kill: () => server.kill(),
    async start() {
      server = await launch();
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
