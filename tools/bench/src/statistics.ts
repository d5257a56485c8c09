export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/** The least of the numbers that so many of a hundred do not exceed. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  const value = sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)];
  if (value === undefined) throw new Error('no numbers to take a percentile of');
  return value;
}

/** Of at least one number. The median of an even count is the mean of the two in the middle. */
export function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = (sorted.length - 1) / 2;
  const lower = sorted[Math.floor(middle)];
  const upper = sorted[Math.ceil(middle)];
  const [min, max] = [sorted[0], sorted.at(-1)];
  if (min === undefined || max === undefined || lower === undefined || upper === undefined) {
    throw new Error('no numbers to take a median of');
  }
  return { min, median: (lower + upper) / 2, max };
}
