import { z } from 'zod';
import { parseDuration } from './duration.ts';

const HOW = 'must be a duration such as 1h30m, 45s or 0s';

/**
 * Text that holds a Go duration. The API server tries to convert other text and refuses it; a pattern would be a
 * difference to ESO's CRDs, and a `matches` in a list is above its cost limit.
 */
export const durationField = () =>
  z
    .string()
    .refine((text) => parseDuration(text) !== undefined, { error: HOW })
    .meta({ cel: [{ rule: 'duration(self) == duration(self)', message: HOW }] });
