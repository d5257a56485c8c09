import { measureConsumption } from '../consumption.ts';
import { isSynced } from '../external-secret-watch.ts';
import { mebibytes, phaseResult, type PhaseResult } from '../results.ts';
import { verifySecrets } from '../verify.ts';
import { untilObjects, untilQuiet, type Stage } from '../waiting.ts';

/** Starts the operator on objects that were never synced, until all are Ready and it asks for nothing more. */
export async function firstSync(stage: Stage): Promise<PhaseResult> {
  const { world, operator } = stage;
  const consumption = measureConsumption(world);
  await operator.start();
  const readyAt = await untilObjects(stage, { what: 'first-sync: synced', matches: isSynced });
  const cpuUntilReadySeconds = operator.usage().cpuSeconds;
  await untilQuiet(stage);
  const { cpuSeconds, peakBytes, residentBytes } = operator.usage();
  const consumed = await consumption();
  await verifySecrets(world);
  const { firstReadAt } = world.vault.requests;
  return phaseResult('first-sync', consumed, {
    readySeconds: (readyAt - operator.startedAt) / 1000,
    ...(firstReadAt === undefined ? {} : { readyFromFirstReadSeconds: (readyAt - firstReadAt) / 1000 }),
    cpuUntilReadySeconds,
    cpuSeconds,
    peakMebibytes: mebibytes(peakBytes),
    steadyMebibytes: mebibytes(residentBytes),
  });
}
