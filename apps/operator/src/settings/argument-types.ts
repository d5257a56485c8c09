import { InvalidArgumentError } from 'commander';
import { parseDuration } from '@esox/core/duration';

export function wholeNumber(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError('a whole number is wanted.');
  return Number(text);
}

/** Milliseconds. */
export function duration(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined || ms < 0) throw new InvalidArgumentError('a duration such as 5m or 1h30m is wanted.');
  return ms;
}

/** As Go's flags take it; a flag without a value is true. */
export function boolean(text: string | boolean): boolean {
  if (text === true || ['1', 't', 'T', 'true', 'TRUE', 'True'].includes(String(text))) return true;
  if (['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(String(text))) return false;
  throw new InvalidArgumentError('true or false is wanted.');
}

export function collect(value: string, values: readonly string[]): string[] {
  return [...values, value];
}
