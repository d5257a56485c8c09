import { processCpuSeconds } from './process-metrics.ts';
import { countsSince, type RequestCounts } from './vault/request-counts.ts';
import type { World } from './world.ts';

/** What the operator asked of others in a phase, and what that cost the API server. */
export interface Consumption {
  /** By `verb resource`. */
  readonly apiRequests: Readonly<Record<string, number>>;
  /** Those of them that failed, by `status verb resource`. */
  readonly failedApiRequests: Readonly<Record<string, number>>;
  readonly backendRequests: RequestCounts;
  readonly apiServerCpuSeconds: number;
}

/** From now on; the function returned answers what has come since. The bench's own requests are another user's. */
export function measureConsumption(world: World): () => Promise<Consumption> {
  const since = new Date();
  const backendBefore = world.vault.requests.counts();
  const cpuBefore = processCpuSeconds(world.api.pid);
  return async () => {
    const apiServerCpuSeconds = processCpuSeconds(world.api.pid) - cpuBefore;
    const requests = await world.api.requests({ user: world.user, since });
    const failed = requests.filter(({ status = 0 }) => status >= 400);
    return {
      apiRequests: tally(requests.map(({ verb, resource }) => `${verb} ${resource}`)),
      failedApiRequests: tally(failed.map(({ status, verb, resource }) => `${status} ${verb} ${resource}`)),
      backendRequests: countsSince(backendBefore, world.vault.requests.counts()),
      apiServerCpuSeconds,
    };
  };
}

/** The most frequent first. */
function tally(names: readonly string[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  const sorted = [...counts].toSorted(
    ([name, count], [other, otherCount]) => otherCount - count || (name < other ? -1 : 1),
  );
  return Object.fromEntries(sorted);
}
