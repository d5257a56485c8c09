import { measureConsumption } from '../consumption.ts';
import { isSynced } from '../external-secret-watch.ts';
import { forEachAtOnce } from '../kube-pool.ts';
import { externalSecretsIn } from '../manifests.ts';
import { mebibytes, phaseResult, type PhaseResult } from '../results.ts';
import { verifySecrets } from '../verify.ts';
import { untilObjects, untilQuiet, untilTime, type Stage } from '../waiting.ts';

/** Gives all objects a short refreshInterval, and measures some of these intervals in which nothing changes. */
export async function unchangedRefresh(stage: Stage): Promise<PhaseResult> {
  const { context, world, operator } = stage;
  const { unchangedSeconds, unchangedRounds, refreshInterval } = context.options;
  await setRefreshInterval(stage, `${unchangedSeconds}s`);
  const consumption = measureConsumption(world);
  const [refreshesBefore, cpuBefore, from] = [world.watch.refreshes, operator.usage().cpuSeconds, Date.now()];
  await untilTime(stage, 'unchanged-refresh: measuring', from + unchangedSeconds * unchangedRounds * 1000);
  const { cpuSeconds, residentBytes } = operator.usage();
  const [consumed, refreshes] = [await consumption(), world.watch.refreshes - refreshesBefore];
  await verifySecrets(world);
  await setRefreshInterval(stage, refreshInterval);
  await untilQuiet(stage);
  return phaseResult('unchanged-refresh', consumed, {
    measuredSeconds: unchangedSeconds * unchangedRounds,
    refreshes,
    cpuSeconds: cpuSeconds - cpuBefore,
    steadyMebibytes: mebibytes(residentBytes),
  });
}

/** Resolves when the operator has taken up the change of every object. */
export async function setRefreshInterval(stage: Stage, refreshInterval: string): Promise<void> {
  const { context, world } = stage;
  await forEachAtOnce(world.objects, 16, async ({ namespace, name }) => {
    context.signal.throwIfAborted();
    const path = `${externalSecretsIn(namespace)}/${name}`;
    await world.admin.send({ method: 'PATCH', path, body: { spec: { refreshInterval } } });
  });
  await untilObjects(stage, {
    what: `synced with refreshInterval ${refreshInterval}`,
    // The watch may not have seen the change yet.
    matches: (object) => object.spec.refreshInterval === refreshInterval && isSynced(object),
  });
}
