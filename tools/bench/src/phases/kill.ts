import { measureConsumption } from '../consumption.ts';
import { isSynced } from '../external-secret-watch.ts';
import { mebibytes, phaseResult, type PhaseResult } from '../results.ts';
import { verifySecrets } from '../verify.ts';
import { untilObjects, untilQuiet, type Stage } from '../waiting.ts';

/** Kills the operator when half of the objects are synced, starts it again, and measures from there. */
export async function kill(stage: Stage): Promise<PhaseResult> {
  const { world, operator } = stage;
  await operator.start();
  const half = Math.ceil(world.objects.length / 2);
  await untilObjects(stage, { what: 'kill: synced before the kill', matches: isSynced, count: half });
  const syncedAtKill = world.watch.count(isSynced);
  await operator.kill();
  const consumption = measureConsumption(world);
  await operator.start();
  const readyAt = await untilObjects(stage, { what: 'kill: synced', matches: isSynced });
  const cpuUntilReadySeconds = operator.usage().cpuSeconds;
  await untilQuiet(stage);
  const { cpuSeconds, peakBytes, residentBytes } = operator.usage();
  const consumed = await consumption();
  await verifySecrets(world);
  return phaseResult('kill', consumed, {
    syncedAtKill,
    readySeconds: (readyAt - operator.startedAt) / 1000,
    cpuUntilReadySeconds,
    cpuSeconds,
    peakMebibytes: mebibytes(peakBytes),
    steadyMebibytes: mebibytes(residentBytes),
  });
}
