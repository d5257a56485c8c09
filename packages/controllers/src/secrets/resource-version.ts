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
