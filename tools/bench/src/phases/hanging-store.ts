import { measureConsumption } from '../consumption.ts';
import { isSynced } from '../external-secret-watch.ts';
import { forEachAtOnce } from '../kube-pool.ts';
import { externalSecret, externalSecretsIn, stores } from '../manifests.ts';
import { plannedObjects } from '../planned-objects.ts';
import { mebibytes, phaseResult, type PhaseResult } from '../results.ts';
import { startSilentServer, type SilentServer } from '../silent-server.ts';
import { verifySecrets } from '../verify.ts';
import { untilObjects, type Stage } from '../waiting.ts';
import { createStore } from '../world.ts';

/**
 * As first-sync, with further objects on a store that never answers, until those of the other store are Ready. The
 * operator finds all of them in one list, those that hang first in each namespace.
 */
export async function hangingStore(stage: Stage): Promise<PhaseResult> {
  const { world, operator } = stage;
  await using server = await startSilentServer();
  await createHangingObjects(stage, server);
  const consumption = measureConsumption(world);
  await operator.start();
  const readyAt = await untilObjects(stage, { what: 'hanging-store: synced on the other store', matches: isSynced });
  const { cpuSeconds, peakBytes } = operator.usage();
  const consumed = await consumption();
  const { startedAt } = operator;
  const stopMs = await operator.stop();
  // A Secret of an object that hangs would be one that nobody asked for.
  await verifySecrets(world);
  return phaseResult('hanging-store', consumed, {
    readySeconds: (readyAt - startedAt) / 1000,
    silentConnections: server.connections,
    stopSeconds: stopMs / 1000,
    cpuUntilReadySeconds: cpuSeconds,
    peakMebibytes: mebibytes(peakBytes),
  });
}

async function createHangingObjects({ context, world }: Stage, server: SilentServer): Promise<void> {
  const { options } = context;
  const store = { name: stores.hanging, server: server.url, roleId: world.vault.roleId, method: options.auth };
  await createStore(world.admin, store);
  const objects = plannedObjects({ ...options, objects: options.hangingObjects }, 'hanging');
  await forEachAtOnce(objects, 16, async (object) => {
    context.signal.throwIfAborted();
    const body = externalSecret(object, options, stores.hanging);
    await world.admin.send({ method: 'POST', path: externalSecretsIn(object.namespace), body });
  });
}
