/** Says of each request whether it is within the limit. */
export type RateLimit = () => boolean;

/** So many requests a second, and so many at once after a pause. `now` is in milliseconds. */
export function rateLimit(perSecond: number | undefined, now: () => number): RateLimit {
  if (perSecond === undefined) return () => true;
  let allowance = perSecond;
  let at = now();
  return () => {
    const passed = (now() - at) / 1000;
    at += passed * 1000;
    allowance = Math.min(perSecond, allowance + passed * perSecond);
    if (allowance < 1) return false;
    allowance -= 1;
    return true;
  };
}
