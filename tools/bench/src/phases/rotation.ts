import { measureConsumption } from '../consumption.ts';
import { phaseResult, type PhaseResult } from '../results.ts';
import { percentile, spread } from '../statistics.ts';
import { SecretFollower } from '../secret-follower.ts';
import { verifySecrets } from '../verify.ts';
import { untilQuiet, type Stage } from '../waiting.ts';
import { changeKey } from '../world.ts';
import { setRefreshInterval } from './unchanged-refresh.ts';

/** Changes every remote key at once while objects are refreshed at a short interval, until all Secrets follow. */
export async function rotation(stage: Stage): Promise<PhaseResult> {
  const { context, world, operator } = stage;
  const { unchangedSeconds, refreshInterval } = context.options;
  await setRefreshInterval(stage, `${unchangedSeconds}s`);
  using follower = new SecretFollower(world);
  const consumption = measureConsumption(world);
  const cpuBefore = operator.usage().cpuSeconds;
  for (const key of new Set(world.objects.map((object) => object.key))) changeKey(world.vault, key, context.options);
  const times = await follower.times(stage);
  const cpuSeconds = operator.usage().cpuSeconds - cpuBefore;
  const consumed = await consumption();
  await verifySecrets(world);
  await setRefreshInterval(stage, refreshInterval);
  await untilQuiet(stage);
  const { median, max } = spread(times);
  return phaseResult('rotation', consumed, {
    followMedianMs: median,
    followMostMs: percentile(times, 95),
    followMaximumMs: max,
    cpuSeconds,
  });
}
