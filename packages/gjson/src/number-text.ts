const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const infinite = /^[+-]?inf(?:inity)?$/i;

/** The number that a source text stands for; what is no number counts as 0. */
export function toNumber(raw: string): number {
  if (decimal.test(raw)) return Number(raw);
  if (infinite.test(raw)) return raw.startsWith('-') ? -Infinity : Infinity;
  return /^nan$/i.test(raw) ? Number.NaN : 0;
}

/** Integers keep their digits, however many; other numbers become the shortest decimal without an exponent. */
export function numberText(raw: string): string {
  if (/^-?\d*$/.test(raw)) return raw;
  const value = toNumber(raw);
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  return Object.is(value, -0) ? '-0' : withoutExponent(String(value));
}

function withoutExponent(shortest: string): string {
  const parts = /^(-?)(\d+)(?:\.(\d+))?e([+-]\d+)$/.exec(shortest);
  if (!parts) return shortest;
  const [, sign = '', whole = '', fraction = '', exponent] = parts;
  const digits = whole + fraction;
  const point = whole.length + Number(exponent);
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  return sign + digits.padEnd(point, '0');
}
