import { AuditActivity } from '../audit-activity.ts';
import { measureConsumption } from '../consumption.ts';
import { mebibytes, phaseResult, type PhaseResult } from '../results.ts';
import { verifySecrets } from '../verify.ts';
import { untilActive, untilQuiet, type Stage } from '../waiting.ts';

/** Stops the operator in order, starts it again, and measures what it asks until it is quiet. */
export async function restart(stage: Stage): Promise<PhaseResult> {
  const { world, operator } = stage;
  const stopMs = await operator.stop();
  const consumption = measureConsumption(world);
  const activity = await AuditActivity.of(world.api.auditLogPath, world.user);
  await operator.start();
  await untilActive(stage, activity);
  const quietAt = await untilQuiet(stage);
  const { cpuSeconds, peakBytes, residentBytes } = operator.usage();
  const consumed = await consumption();
  await verifySecrets(world);
  return phaseResult('restart', consumed, {
    stopSeconds: stopMs / 1000,
    quietSeconds: (quietAt - operator.startedAt) / 1000,
    cpuSeconds,
    peakMebibytes: mebibytes(peakBytes),
    steadyMebibytes: mebibytes(residentBytes),
  });
}
