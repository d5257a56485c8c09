import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { serverBinary } from './build.ts';
import { freePort } from './free-port.ts';
import type { ApiServerAccess } from './kube-access.ts';
import { kubeClient } from './kube-client.ts';
import { startServerProcess } from './server-process.ts';
import { removeTemporaryFolder, temporaryFolder } from './temporary-folder.ts';

export interface ControllerManagerOptions {
  /** By the names of `--controllers`. */
  controllers?: readonly string[];
}

export interface ControllerManager extends AsyncDisposable {
  readonly pid: number;
  stop(): Promise<void>;
}

const usual = ['garbage-collector-controller', 'namespace-controller', 'serviceaccount-controller'];

/**
 * Starts the controllers that a test asks for; as a rule those for garbage collection by owner, for the
 * deletion of namespaces, and for each namespace's ServiceAccount `default`. They act on the whole API
 * server, so give them one of the test's own. The binary is built when first asked for.
 */
export async function startControllerManager(
  kubernetes: ApiServerAccess,
  { controllers = usual }: ControllerManagerOptions = {},
): Promise<ControllerManager> {
  const binary = await serverBinary('kube-controller-manager');
  const folder = await temporaryFolder('kube-controller-manager');
  const kubeconfig = join(folder, 'kubeconfig.json');
  await writeFile(kubeconfig, kubernetes.kubeconfig(), { mode: 0o600 });
  const certificates = join(folder, 'certificates');
  const port = await freePort();
  const server = await startServerProcess({
    name: 'kube-controller-manager',
    binary,
    folder,
    arguments: [
      `--kubeconfig=${kubeconfig}`,
      `--controllers=${controllers.join(',')}`,
      '--leader-elect=false',
      '--bind-address=127.0.0.1',
      `--cert-dir=${certificates}`,
      `--secure-port=${port}`,
    ],
    ready: async () => {
      const caPem = await readFile(join(certificates, 'kube-controller-manager.crt'), 'utf8');
      const client = kubeClient({ url: `https://127.0.0.1:${port}`, token: kubernetes.adminToken, caPem });
      return (await client.request({ path: '/healthz' })).status === 200;
    },
  });
  const stop = async (): Promise<void> => {
    await server.stop();
    await removeTemporaryFolder(folder);
  };
  return { pid: server.pid, stop, [Symbol.asyncDispose]: stop };
}
