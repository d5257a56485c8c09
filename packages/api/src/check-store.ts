import { parseDuration } from '@esox/core/duration';
import { type Violation, violation } from './rules.ts';
import type { SecretStoreSpec } from './secret-store.ts';

/**
 * The rules of the admission that a store breaks; the first rule that is broken ends the search, as ESO does it.
 * @param compiles whether RE2 takes this expression
 */
export function checkStore(spec: SecretStoreSpec, compiles: (pattern: string) => boolean): Violation[] {
  const regexes = (spec.conditions ?? []).flatMap((condition, outer) =>
    (condition.namespaceRegexes ?? []).flatMap((pattern, inner) =>
      compiles(pattern) ? [] : [violation('namespaceRegex', `conditions[${outer}].namespaceRegexes[${inner}]`)],
    ),
  );
  if (regexes.length > 0) return regexes;
  if (storeRefreshInterval(spec.refreshInterval) === 'invalid')
    return [violation('refreshInterval', 'refreshInterval')];
  return Object.keys(spec.provider).length === 1 ? [] : [violation('oneProvider', 'provider')];
}

/**
 * Milliseconds of a store's refreshInterval, a second at least; `default` when it is absent or zero: the operator's own
 * applies.
 */
export function storeRefreshInterval(value: number | string | undefined): number | 'default' | 'invalid' {
  if (value === undefined) return 'default';
  const milliseconds = typeof value === 'number' ? value * 1000 : parseDuration(value);
  if (milliseconds === undefined || milliseconds < 0) return 'invalid';
  return milliseconds === 0 ? 'default' : Math.max(milliseconds, 1_000);
}
