import type { Check } from '../check.ts';
import { abortedBefore, abortedMeanwhile, closing } from './aborting.ts';
import { declared, exists, find, remove, write } from './capabilities.ts';
import { confidentiality } from './confidentiality.ts';
import { denied, outage, refusedLogin, throttled } from './faults.ts';
import { renewedLogin, sharedLogin } from './login.ts';
import { importing, manifest, schema } from './package.ts';
import { foreign, properties, unchangedWrite } from './pushing.ts';
import { missing, order } from './reading.ts';
import { changeToken, survival } from './values.ts';

/** All checks, for running one by one. */
export const checks = {
  manifest,
  schema,
  importing,
  order,
  missing,
  survival,
  changeToken,
  declared,
  find,
  write,
  remove,
  exists,
  unchangedWrite,
  foreign,
  properties,
  refusedLogin,
  denied,
  throttled,
  outage,
  abortedBefore,
  abortedMeanwhile,
  closing,
  sharedLogin,
  renewedLogin,
  confidentiality,
} as const satisfies Readonly<Record<string, Check>>;
