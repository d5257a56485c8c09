import type { ProviderError } from './errors.ts';

/** The result of one item of a batch. */
export type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: ProviderError };

export function success<T>(value: T): Outcome<T> {
  return { ok: true, value };
}

export function failure(error: ProviderError): Outcome<never> {
  return { ok: false, error };
}
