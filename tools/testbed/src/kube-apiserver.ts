import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { serverBinary } from './build.ts';
import { startEtcd } from './etcd.ts';
import { freePort } from './free-port.ts';
import { writeApiServerFiles, type ApiServerFiles, type TokenUser } from './kube-apiserver-files.ts';
import { apiServerAccess, type ApiServerAccess, type ApiServerConnection } from './kube-access.ts';
import { kubeClient } from './kube-client.ts';
import { kubeconfigText } from './kubeconfig.ts';
import { startServerProcess, type ServerProcess } from './server-process.ts';
import { removeTemporaryFolder, temporaryFolder } from './temporary-folder.ts';

export interface ApiServerOptions {
  /** An etcd to use, which is left running. Without it the API server has one of its own. */
  etcdUrl?: string;
  /** Keeps API servers on one etcd apart. */
  etcdPrefix?: string;
  /** Further users with a fixed token, which have no rights but those that RBAC gives them. */
  users?: readonly TokenUser[];
  /** Further flags, such as `--watch-cache=false`. */
  flags?: readonly string[];
}

/** An API server that this process has started and may break. */
export interface ApiServer extends ApiServerAccess, AsyncDisposable {
  readonly pid: number;
  /** Starts it again after `stop` or `kill`: same port, data, certificates, tokens. */
  start(): Promise<void>;
  /** Stops the process and keeps everything it needs to start again. */
  stop(): Promise<void>;
  /** As `stop`, without a chance to say goodbye to its clients. */
  kill(): Promise<void>;
  /** Its connections stay open and nothing answers. */
  pause(): void;
  resume(): void;
  /** Stops it for good, with its own etcd, and removes its folder. */
  close(): Promise<void>;
}

/** Starts a real kube-apiserver, ready when this resolves. Building it the first time takes minutes. */
export async function startKubeApiServer(options: ApiServerOptions = {}): Promise<ApiServer> {
  const binary = await serverBinary('kube-apiserver');
  const ownEtcd = options.etcdUrl === undefined ? await startEtcd() : undefined;
  const folder = await temporaryFolder('kube-apiserver');
  const files = await writeApiServerFiles(folder, options.users ?? []);
  const port = await freePort();
  const url = `https://127.0.0.1:${port}`;
  const flags = apiServerFlags({ ...options, etcdUrl: ownEtcd?.url ?? options.etcdUrl ?? '' }, files, port);
  const launch = (): Promise<ServerProcess> =>
    startServerProcess({ name: 'kube-apiserver', binary, folder, arguments: flags, ready: () => isReady(url, files) });

  try {
    let server = await launch();
    const connection = await connectionOf(url, files);
    const close = async (): Promise<void> => {
      await server.stop();
      await ownEtcd?.stop();
      await removeTemporaryFolder(folder);
    };
    return {
      ...apiServerAccess(connection),
      get pid() {
        return server.pid;
      },
      async start() {
        server = await launch();
      },
      stop: () => server.stop(),
      kill: () => server.kill(),
      pause: () => server.pause(),
      resume: () => server.resume(),
      close,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await ownEtcd?.stop();
    throw error;
  }
}

function apiServerFlags(
  options: ApiServerOptions & { etcdUrl: string },
  files: ApiServerFiles,
  port: number,
): string[] {
  return [
    `--etcd-servers=${options.etcdUrl}`,
    `--etcd-prefix=${options.etcdPrefix ?? '/registry'}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${port}`,
    // Otherwise it looks for the default route, which a sandbox may not have.
    '--advertise-address=127.0.0.1',
    '--endpoint-reconciler-type=none',
    `--cert-dir=${files.certificates}`,
    '--service-cluster-ip-range=10.0.0.0/24',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${files.serviceAccountPublicKey}`,
    `--service-account-signing-key-file=${files.serviceAccountKey}`,
    '--authorization-mode=RBAC',
    `--token-auth-file=${files.tokens}`,
    // No controller makes ServiceAccounts and their tokens here, and without them no Pod would be admitted.
    '--disable-admission-plugins=ServiceAccount',
    `--audit-policy-file=${files.auditPolicy}`,
    `--audit-log-path=${files.auditLog}`,
    // In megabytes: a log that is rotated away cannot be counted.
    '--audit-log-maxsize=10000',
    ...(options.flags ?? []),
  ];
}

async function isReady(url: string, files: ApiServerFiles): Promise<boolean> {
  const client = kubeClient({ url, token: files.adminToken, caPem: await readCa(files) });
  const { status } = await client.request({ path: '/readyz', signal: AbortSignal.timeout(2_000) });
  return status === 200;
}

/** The serving certificate, followed by the authority that the API server made up to sign it. */
function readCa(files: ApiServerFiles): Promise<string> {
  return readFile(join(files.certificates, 'apiserver.crt'), 'utf8');
}

async function connectionOf(url: string, files: ApiServerFiles): Promise<ApiServerConnection> {
  const { adminToken, serviceAccountPublicKeyPem } = files;
  const caPem = await readCa(files);
  const kubeconfigPath = join(files.folder, 'kubeconfig.json');
  await writeFile(kubeconfigPath, kubeconfigText({ url, token: adminToken, caPem }), { mode: 0o600 });
  return { url, caPem, adminToken, kubeconfigPath, auditLogPath: files.auditLog, serviceAccountPublicKeyPem };
}
