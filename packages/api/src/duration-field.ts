import { z } from 'zod';
import { DURATION_PATTERN, parseDuration } from './duration.ts';

const HOW = 'must be a duration such as 1h30m, 45s or 0s';

/**
 * Text that holds a Go duration. The API server refuses other text by a CEL rule, because a pattern would be a
 * difference to ESO's CRDs. In a list its cost limit allows no such rule: there the admission policy does it.
 */
export const durationField = (place: 'alone' | 'in a list') => {
  const field = z.string().refine((text) => parseDuration(text) !== undefined, { error: HOW });
  return place === 'in a list'
    ? field
    : field.meta({ cel: [{ rule: `self.matches('${DURATION_PATTERN}')`, message: HOW }] });
};
