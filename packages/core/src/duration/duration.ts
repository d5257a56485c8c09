const NANOSECONDS = new Map([
  ['ns', 1],
  ['us', 1e3],
  ['µs', 1e3],
  ['μs', 1e3],
  ['ms', 1e6],
  ['s', 1e9],
  ['m', 60e9],
  ['h', 3600e9],
]);
const TERM = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g;
/** Go holds a duration in 64 bits of nanoseconds. */
const LONGEST_NANOSECONDS = 2 ** 63;

const UNSIGNED = '(0|(([0-9]+[.]?[0-9]*|[.][0-9]+)(ns|us|µs|μs|ms|s|m|h))+)';

/** The grammar of Go's durations, for RE2 and JavaScript alike. */
export const DURATION_PATTERN = `^[-+]?${UNSIGNED}$`;
export const POSITIVE_DURATION_PATTERN = `^[+]?${UNSIGNED}$`;
const DURATION = new RegExp(DURATION_PATTERN);

/** Milliseconds of a Go duration (`1h30m`, `-1.5s`, `0`); undefined when it is not one. */
export function parseDuration(text: string): number | undefined {
  if (!DURATION.test(text)) return undefined;
  let nanoseconds = 0;
  for (const [, amount = '', unit = ''] of text.matchAll(TERM)) {
    nanoseconds += Number(amount) * (NANOSECONDS.get(unit) ?? Number.NaN);
  }
  if (nanoseconds >= LONGEST_NANOSECONDS) return undefined;
  const milliseconds = nanoseconds / 1e6;
  return text.startsWith('-') ? 0 - milliseconds : milliseconds;
}
