import { DURATION_PATTERN, parseDuration } from '@esox/core/duration';
import { z } from 'zod';
import { RULES } from './rules.ts';

/** Text that holds a Go duration, checked at run time only. */
export const durationText = () =>
  z.string().refine((text) => parseDuration(text) !== undefined, { error: RULES.duration });

/**
 * Text that holds a Go duration, checked by the API server, too. By a rule, since a pattern would be a difference to
 * ESO's CRDs; and by a rule that cannot fail to be evaluated, since the API server overlooks a broken rule when an old
 * value is unchanged, but never an error, and would then refuse every status. Not for lists: there it costs too much.
 */
export const durationField = () =>
  durationText().meta({ cel: [{ rule: `self.matches('${DURATION_PATTERN}')`, message: RULES.duration }] });
