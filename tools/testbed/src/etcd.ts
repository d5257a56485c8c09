import { join } from 'node:path';
import { serverBinary } from './build.ts';
import { freePort } from './free-port.ts';
import { httpStatus } from './http-status.ts';
import { startServerProcess } from './server-process.ts';
import { removeTemporaryFolder, temporaryFolder } from './temporary-folder.ts';

export interface Etcd extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/** An empty etcd that does not wait for the disk: its data is not meant to survive anything. */
export async function startEtcd(): Promise<Etcd> {
  const binary = await serverBinary('etcd');
  const folder = await temporaryFolder('etcd');
  const url = `http://127.0.0.1:${await freePort()}`;
  const server = await startServerProcess({
    name: 'etcd',
    binary,
    folder,
    arguments: [
      `--data-dir=${join(folder, 'data')}`,
      `--listen-client-urls=${url}`,
      `--advertise-client-urls=${url}`,
      // No other member joins, so any port will do.
      '--listen-peer-urls=http://127.0.0.1:0',
      '--unsafe-no-fsync',
      '--log-level=warn',
    ],
    ready: async () => (await httpStatus(`${url}/health`)) === 200,
  });
  const stop = async (): Promise<void> => {
    await server.stop();
    await removeTemporaryFolder(folder);
  };
  return { url, pid: server.pid, stop, [Symbol.asyncDispose]: stop };
}
