import type { ExternalSecret } from '@esox/api';
import { parseDuration } from '@esox/core/duration';
import { nextSlot, spread } from '@esox/core/engine';
import { phaseKeyOf } from './store-references.ts';

/** Ms; 0 where values are read only once. */
export function intervalOf(object: ExternalSecret): number {
  return parseDuration(object.spec.refreshInterval) ?? 0;
}

/** When an object that was just synced is due again; undefined where nothing periodic is due. */
export function nextRefresh(object: ExternalSecret, now: number): number | undefined {
  const { refreshPolicy = 'Periodic' } = object.spec;
  const intervalMs = intervalOf(object);
  if (refreshPolicy !== 'Periodic' || intervalMs <= 0) return undefined;
  const phaseKey = phaseKeyOf(object);
  const { namespace = '', name } = object.metadata;
  const offsetMs = spread(`${namespace}/${name}`, phaseKey, intervalMs);
  return nextSlot({ phaseKey, intervalMs, from: now, offsetMs });
}
