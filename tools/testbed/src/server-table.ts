/** A Go program of ours under `go/`, which `build.ts` turns into one binary. */
export interface ServerProgram {
  version: string;
  /** The folder under `go/` with the module. */
  module: string;
  /** The package in that module. */
  package: string;
  linkerFlags: readonly string[];
  /** How long a first build takes on two cores, for the line that asks for patience. */
  takes: string;
}

const kubernetesVersion = '1.36.3';

export const serverTable = {
  etcd: {
    version: '3.6.16',
    module: 'etcd',
    package: '.',
    linkerFlags: [],
    takes: 'about 1 min',
  },
  'kube-apiserver': kubernetesProgram('.', 'about 5 min'),
  vault: {
    version: '1.21.0',
    module: 'vault',
    package: '.',
    linkerFlags: [],
    takes: 'about 5 min',
  },
  kubectl: kubernetesProgram('./kubectl', 'about 1 min'),
  'kube-controller-manager': kubernetesProgram('./kube-controller-manager', 'about 2 min'),
} satisfies Record<string, ServerProgram>;

export type ServerName = keyof typeof serverTable;

/** What every run of the live tests needs; the others are built when asked for by name. */
export const defaultServers = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'vault',
] as const satisfies readonly ServerName[];

export function isServerName(name: string): name is ServerName {
  return Object.hasOwn(serverTable, name);
}

/** Without these flags a program from Kubernetes calls itself v0.0.0-master. */
function kubernetesProgram(goPackage: string, takes: string): ServerProgram {
  const [major, minor] = kubernetesVersion.split('.');
  const values = {
    gitVersion: `v${kubernetesVersion}`,
    gitMajor: major,
    gitMinor: minor,
    gitTreeState: 'clean',
  };
  return {
    version: kubernetesVersion,
    module: 'kube-apiserver',
    package: goPackage,
    linkerFlags: Object.entries(values).map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`),
    takes,
  };
}
