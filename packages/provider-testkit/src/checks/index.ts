import type { Check } from '../check.ts';
import { missing, order } from './reading.ts';

/** All checks, for running one by one. */
export const checks = {
  order,
  missing,
} as const satisfies Readonly<Record<string, Check>>;
