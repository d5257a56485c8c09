import { join } from 'node:path';
import type { Phase } from './arguments.ts';
import { Operator } from './operator.ts';
import { bareClient } from './phases/bare-client.ts';
import { changeOne } from './phases/change-one.ts';
import { firstSync } from './phases/first-sync.ts';
import { hangingStore } from './phases/hanging-store.ts';
import { kill } from './phases/kill.ts';
import { restart } from './phases/restart.ts';
import { rotation } from './phases/rotation.ts';
import { unchangedRefresh } from './phases/unchanged-refresh.ts';
import { repository } from './repository.ts';
import type { PhaseResult } from './results.ts';
import type { Stage } from './waiting.ts';
import { createWorld, type BenchContext, type World } from './world.ts';

type Report = (result: PhaseResult) => void;

/** Phases that follow a first sync, on the same servers. */
const continued = { 'unchanged-refresh': unchangedRefresh, 'change-one': changeOne, rotation, restart } as const;
/** Phases on servers of their own. */
const alone = { kill, 'hanging-store': hangingStore } as const;

/** Runs the chosen phases once; each result is reported as soon as it is there. */
export async function runPhases(context: BenchContext, report: Report): Promise<void> {
  const isChosen = (phase: Phase): boolean => context.options.phases.includes(phase);
  if (isChosen('bare-client')) {
    await using world = await createWorld(context);
    report(await bareClient(context, world));
  }
  if (isChosen('first-sync') || context.options.phases.some((phase) => phase in continued)) {
    await using world = await createWorld(context);
    await using operator = operatorOf(context, world);
    await runOnSyncedObjects({ context, world, operator }, report);
  }
  for (const [phase, run] of Object.entries(alone)) {
    if (!isChosen(phase as Phase)) continue;
    await using world = await createWorld(context);
    await using operator = operatorOf(context, world);
    report(await run({ context, world, operator }));
  }
}

async function runOnSyncedObjects(stage: Stage, report: Report): Promise<void> {
  const { phases } = stage.context.options;
  const first = await firstSync(stage);
  if (phases.includes('first-sync')) report(first);
  for (const [phase, run] of Object.entries(continued)) {
    if (phases.includes(phase as Phase)) report(await run(stage));
  }
}

function operatorOf({ options }: BenchContext, { folder, kubeconfigPath }: World): Operator {
  return new Operator({
    // The ports that it listens at by default may be taken.
    command: options.command ?? [
      join(repository, 'node_modules/.bin/esox-operator'),
      '--metrics-addr=0',
      '--live-addr=0',
    ],
    kubeconfigPath,
    logFile: options.operatorLog ?? join(folder, 'operator.log'),
    folder,
  });
}
