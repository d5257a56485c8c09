import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { BareClientUsage } from '../bare-client/main.ts';
import { measureConsumption } from '../consumption.ts';
import { mebibytes, phaseResult, type PhaseResult } from '../results.ts';
import type { BenchContext, World } from '../world.ts';

const program = fileURLToPath(new URL('../bare-client/main.ts', import.meta.url));

/** The limit: the same writes by a client that does nothing else. */
export async function bareClient({ options, progress, signal }: BenchContext, world: World): Promise<PhaseResult> {
  const { objects, namespaces, distinctKeys, properties } = options;
  const plan = JSON.stringify({ objects, namespaces, distinctKeys, properties });
  progress.show('bare-client: writing');
  const consumption = measureConsumption(world);
  const from = performance.now();
  const environment = { env: { KUBECONFIG: world.kubeconfigPath }, signal };
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--conditions=esox-source', program, plan],
    environment,
  );
  const readySeconds = (performance.now() - from) / 1000;
  const { cpuSeconds, peakBytes } = JSON.parse(stdout) as BareClientUsage;
  return phaseResult('bare-client', await consumption(), {
    readySeconds,
    cpuSeconds,
    peakMebibytes: mebibytes(peakBytes),
  });
}
