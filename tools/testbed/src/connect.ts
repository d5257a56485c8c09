import { inject } from 'vitest';
import { apiServerAccess, type ApiServerAccess } from './kube-access.ts';
import type { TestbedConnections } from './testbed.ts';
import { vaultAccess, type VaultAccess } from './vault-client.ts';

declare module 'vitest' {
  interface ProvidedContext {
    testbed: TestbedConnections;
  }
}

/** The servers that `vitest-setup.ts` has started for this run, shared by all test files. */
export interface Testbed {
  etcd: { url: string };
  kubernetes: ApiServerAccess;
  vault: VaultAccess;
}

/** For test files of the vitest project that has `vitest-setup.ts` as its global setup. */
export function testbed(): Testbed {
  const connections: TestbedConnections | undefined = inject('testbed');
  if (connections === undefined) {
    throw new Error('No testbed in this vitest project: name the file *.live.test.ts, or set its globalSetup.');
  }
  return {
    etcd: connections.etcd,
    kubernetes: apiServerAccess(connections.kubernetes),
    vault: vaultAccess(connections.vault),
  };
}
