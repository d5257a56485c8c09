import { setTimeout as sleep } from 'node:timers/promises';
import { measureConsumption } from '../consumption.ts';
import { NotReadyInTime } from '../errors.ts';
import { forEachAtOnce } from '../kube-pool.ts';
import { externalSecretsIn, secretsIn } from '../manifests.ts';
import type { PlannedObject } from '../planned-objects.ts';
import { phaseResult, type PhaseResult } from '../results.ts';
import { spread } from '../statistics.ts';
import { compare, verifySecrets } from '../verify.ts';
import { untilQuiet, type Stage } from '../waiting.ts';
import { changeKey } from '../world.ts';

const pollMs = 5;

/** Changes keys one after the other, forces the sync of who reads them, and measures when the Secrets follow. */
export async function changeOne(stage: Stage): Promise<PhaseResult> {
  const { context, world, operator } = stage;
  const keys = [...new Set(world.objects.map(({ key }) => key))];
  const consumption = measureConsumption(world);
  const cpuBefore = operator.usage().cpuSeconds;
  const times: number[] = [];
  for (let change = 0; change < context.options.changes; change += 1) {
    const key = keys[change % keys.length] ?? '';
    context.progress.show(`change-one: change ${change + 1} of ${context.options.changes}`);
    times.push(
      await follow(
        stage,
        world.objects.filter((object) => object.key === key),
        key,
      ),
    );
  }
  await untilQuiet(stage);
  const cpuSeconds = operator.usage().cpuSeconds - cpuBefore;
  const consumed = await consumption();
  await verifySecrets(world);
  const { median, max } = spread(times);
  return phaseResult('change-one', consumed, { followMedianMs: median, followMaximumMs: max, cpuSeconds });
}

/** Milliseconds from the change until the last of the Secrets has it. */
async function follow(
  { context, world, operator }: Stage,
  readers: readonly PlannedObject[],
  key: string,
): Promise<number> {
  changeKey(world.vault, key, context.options);
  const expected = world.vault.engine.current(key);
  const from = performance.now();
  const metadata = { annotations: { 'force-sync': String(Date.now()) } };
  await forEachAtOnce(readers, 16, ({ namespace, name }) =>
    world.admin.send({ method: 'PATCH', path: `${externalSecretsIn(namespace)}/${name}`, body: { metadata } }),
  );
  const deadline = from + context.options.deadlineSeconds * 1000;
  await forEachAtOnce(readers, 1, async ({ namespace, name }) => {
    const path = `${secretsIn(namespace)}/${name}`;
    while (compare(JSON.parse(await world.admin.send({ method: 'GET', path })), expected) !== undefined) {
      context.signal.throwIfAborted();
      operator.ended.throwIfAborted();
      if (performance.now() > deadline) throw new NotReadyInTime(`${namespace}/${name} has not followed the change`);
      await sleep(pollMs);
    }
  });
  return performance.now() - from;
}
