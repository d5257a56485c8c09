import type { Condition } from '@esox/api';

/** RFC 3339 in whole seconds, as the API server writes times. */
export function timestamp(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/**
 * The list with `next` in the place of the condition of its type. An equal condition is kept as it is; the transition
 * time moves only when the status changes. Answers the same list when nothing changed.
 */
export function withCondition(
  conditions: readonly Condition[],
  next: Omit<Condition, 'lastTransitionTime'>,
  now: number,
): readonly Condition[] {
  const before = conditions.find((condition) => condition.type === next.type);
  if (before && before.status === next.status && before.reason === next.reason && before.message === next.message) {
    return conditions;
  }
  const lastTransitionTime =
    before?.status === next.status && before.lastTransitionTime ? before.lastTransitionTime : timestamp(now);
  return [...conditions.filter((condition) => condition.type !== next.type), { ...next, lastTransitionTime }];
}

export function conditionOf(conditions: readonly Condition[] | undefined, type: string): Condition | undefined {
  return conditions?.find((condition) => condition.type === type);
}
