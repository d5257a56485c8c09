import { join } from 'node:path';
import { type ApiServer, type Etcd, startEtcd, startKubeApiServer } from '@esox/testbed';
import { buildOperator } from '../operator-install.fixture.ts';
import { installCrds } from '../test-cluster.fixture.ts';

const repository = join(import.meta.dirname, '../../../..');

/** Servers of the test's own, which it may break, and the operator as it is shipped. */
export interface FaultArena extends AsyncDisposable {
  readonly etcd: Etcd;
  readonly api: ApiServer;
  /** The operator's program. */
  readonly program: string;
}

export async function openFaultArena(): Promise<FaultArena> {
  await buildOperator('vault');
  await using started = new AsyncDisposableStack();
  const etcd = started.use(await startEtcd());
  // Every write is to be found in etcd's history, however long ago.
  const flags = ['--etcd-compaction-interval=0'];
  const api = started.use(await startKubeApiServer({ etcdUrl: etcd.url, flags }));
  await installCrds(api);
  const owned = started.move();
  const program = join(repository, 'apps/operator/bin/esox-operator');
  return { etcd, api, program, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
