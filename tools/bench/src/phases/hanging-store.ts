import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { measureConsumption } from '../consumption.ts';
import { isSynced } from '../external-secret-watch.ts';
import { forEachAtOnce } from '../kube-pool.ts';
import { externalSecret, externalSecretsIn, stores } from '../manifests.ts';
import { plannedObjects } from '../planned-objects.ts';
import { mebibytes, phaseResult, type PhaseResult } from '../results.ts';
import { untilObjects, type Stage } from '../waiting.ts';
import { createStore } from '../world.ts';

/** As first-sync, with further objects on a store whose backend takes connections and never answers. */
export async function hangingStore(stage: Stage): Promise<PhaseResult> {
  const { context, world, operator } = stage;
  await using server = await silentServer();
  const { auth: method } = context.options;
  await createStore(world.admin, { name: stores.hanging, server: server.url, roleId: world.vault.roleId, method });
  const hanging = plannedObjects({ ...context.options, objects: context.options.hangingObjects }, 'hanging');
  await forEachAtOnce(hanging, 16, (object) =>
    world.admin.send({
      method: 'POST',
      path: externalSecretsIn(object.namespace),
      body: externalSecret(object, context.options, stores.hanging),
    }),
  );
  const consumption = measureConsumption(world);
  await operator.start();
  const readyAt = await untilObjects(stage, { what: 'hanging-store: synced on the other store', matches: isSynced });
  const { cpuSeconds, peakBytes } = operator.usage();
  return phaseResult('hanging-store', await consumption(), {
    readySeconds: (readyAt - operator.startedAt) / 1000,
    cpuUntilReadySeconds: cpuSeconds,
    peakMebibytes: mebibytes(peakBytes),
  });
}

async function silentServer(): Promise<AsyncDisposable & { readonly url: string }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    socket.resume();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
