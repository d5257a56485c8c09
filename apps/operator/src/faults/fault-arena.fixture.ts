import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type ApiServer, type Etcd, startEtcd, startKubeApiServer } from '@esox/testbed';
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
  const projects = ['apps/operator', 'packages/providers/vault'];
  await promisify(execFile)(join(repository, 'node_modules/.bin/tsc'), ['-b', ...projects], { cwd: repository });
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
