/**
 * Whether resource version `a` is later than `b`, both of one resource type of one server. Kubernetes documents them as
 * comparable decimal numbers since 1.35, and etcd's have always been; anything else counts as later, so that it is
 * looked at.
 */
export function isLater(a: string, b: string): boolean {
  if (a === b) return false;
  if (!/^\d+$/.test(a) || !/^\d+$/.test(b)) return true;
  return a.length === b.length ? a > b : a.length > b.length;
}

/** Whether a server tells an earlier version after a later one: it was set back, from a backup of its storage. */
export function isSetBack(before: string, after: string): boolean {
  return isLater(before, after) && !isLater(after, before);
}
