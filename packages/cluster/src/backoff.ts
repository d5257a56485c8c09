export interface Backoff {
  readonly baseMs: number;
  readonly maxMs: number;
}

/** How far apart the waits after equally many failures may be. */
const SPREAD = 1.5;

/**
 * The wait after `failures` failures in a row (1 for the first): `baseMs` doubled each time, up to half as much again by
 * chance, and never more than `maxMs`. At the ceiling, too, waits differ, so that keys which failed together come apart.
 */
export function backoffDelay({ baseMs, maxMs }: Backoff, failures: number, random: () => number): number {
  const longest = Math.min(maxMs, baseMs * 2 ** (failures - 1) * SPREAD);
  const shortest = longest / SPREAD;
  return shortest + random() * (longest - shortest);
}
