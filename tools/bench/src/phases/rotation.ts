import { measureConsumption } from '../consumption.ts';
import { phaseResult, type PhaseResult } from '../results.ts';
import { SecretFollower } from '../secret-follower.ts';
import { percentile, spread } from '../statistics.ts';
import { verifySecrets } from '../verify.ts';
import { untilQuiet, untilTime, type Stage } from '../waiting.ts';
import { changeKey } from '../world.ts';
import { setRefreshInterval } from './unchanged-refresh.ts';

/** Not right after a refresh: then each Secret would need a whole interval, whatever the operator does. */
const steadyIntervals = 1.5;
/** What an operator writes after the last Secret, its status and event, is part of what the rotation cost. */
const lastWritesMs = 1_000;

/** Changes every remote key at once while objects are refreshed at a short interval, until all Secrets follow. */
export async function rotation(stage: Stage): Promise<PhaseResult> {
  const { context, world, operator } = stage;
  const { unchangedSeconds, refreshInterval } = context.options;
  await setRefreshInterval(stage, `${unchangedSeconds}s`);
  using follower = new SecretFollower(world);
  await untilTime(stage, 'rotation: steady', Date.now() + steadyIntervals * unchangedSeconds * 1000);
  const consumption = measureConsumption(world);
  const [from, cpuBefore] = [performance.now(), operator.usage().cpuSeconds];
  for (const key of new Set(world.objects.map((object) => object.key))) changeKey(world.vault, key, context.options);
  const times = await follower.times(stage);
  await untilTime(stage, 'rotation: last writes', Date.now() + lastWritesMs);
  const cpuSeconds = operator.usage().cpuSeconds - cpuBefore;
  const measuredSeconds = (performance.now() - from) / 1000;
  const consumed = await consumption();
  await verifySecrets(world);
  await setRefreshInterval(stage, refreshInterval);
  await untilQuiet(stage);
  const { median, max } = spread(times);
  return phaseResult('rotation', consumed, {
    measuredSeconds,
    followMedianMs: median,
    followMostMs: percentile(times, 95),
    followMaximumMs: max,
    cpuSeconds,
  });
}
