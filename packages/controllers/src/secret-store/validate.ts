import { checkStore, parseStore, type SecretStore } from '@esox/api';
import { ProviderError } from '@esox/core';
import { RE2JS } from 're2js';

/** Throws a ProviderError `invalid-config` for what admission refuses too, should the object be older than the rules. */
export function validateStore(store: SecretStore): void {
  const parsed = parseStore(store);
  if (!parsed.ok) throw invalid(parsed.problems.map(({ path, message }) => `${path} ${message}`));
  const violations = checkStore(parsed.value.spec, compiles);
  if (violations.length > 0) throw invalid(violations.map(({ path, message }) => `spec.${path}: ${message}`));
}

/** Whether RE2 takes this expression. */
export function compiles(pattern: string): boolean {
  try {
    RE2JS.compile(pattern);
    return true;
  } catch {
    return false;
  }
}

function invalid(problems: readonly string[]): ProviderError {
  return new ProviderError('invalid-config', `the store is not valid: ${problems.join('; ')}`);
}
