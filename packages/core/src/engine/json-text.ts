import { sortedBytewise } from './hash.ts';

/** The source text of a number: parsing it would lose digits. */
class NumberText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

interface ReviverContext {
  readonly source?: string;
}

const keepNumbers = (_key: string, value: unknown, context: ReviverContext): unknown =>
  typeof value === 'number' ? new NumberText(context.source ?? String(value)) : value;

export interface JsonStyle {
  /** Write `<`, `>` and `&` as Go's standard marshaller does. */
  readonly escapeHtml: boolean;
}

/** JSON again, compact and with sorted keys, numbers as they stand in the source; undefined where it is no JSON. */
export function compactJson(source: string, style: JsonStyle): string | undefined {
  try {
    // The parser hands the source text to a reviver (Node 22 and later); the type definitions do not know it yet.
    const value: unknown = JSON.parse(source, keepNumbers as (key: string, value: unknown) => unknown);
    return write(value, style);
  } catch {
    // The parser's error quotes the text.
    return undefined;
  }
}

function write(value: unknown, style: JsonStyle): string {
  if (value instanceof NumberText) return value.text;
  if (typeof value === 'string') return jsonString(value, style);
  if (Array.isArray(value)) return `[${value.map((item) => write(item, style)).join(',')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  const members = new Map<string, unknown>(Object.entries(value));
  return jsonObject(new Map(sortedBytewise(members.keys()).map((key) => [key, write(members.get(key), style)])), style);
}

/** An object of members that are JSON texts already; keys come out sorted. */
export function jsonObject(members: ReadonlyMap<string, string>, style: JsonStyle): string {
  const keys = sortedBytewise(members.keys());
  return `{${keys.map((key) => `${jsonString(key, style)}:${members.get(key)}`).join(',')}}`;
}

const separators = /[\u2028\u2029]/g;
const html = /[<>&]/g;

export function jsonString(text: string, { escapeHtml }: JsonStyle): string {
  const quoted = JSON.stringify(text).replace(separators, unicodeEscape);
  return escapeHtml ? quoted.replace(html, unicodeEscape) : quoted;
}

function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** As large as a float64 can be: a larger exponent would only make a long text. */
const mostExponent = 400;

/** A JSON number in plain decimals, every digit kept; undefined where its exponent is out of range. */
export function plainNumber(source: string): string | undefined {
  const match = /^(-?)(\d+)(?:\.(\d+))?[eE]([-+]?\d+)$/.exec(source);
  if (!match) return source;
  const [, sign = '', whole = '', fraction = '', exponentText] = match;
  const exponent = Number(exponentText);
  if (Math.abs(exponent) > mostExponent) return undefined;
  const digits = whole + fraction;
  const point = whole.length + exponent;
  const padded = point <= 0 ? '0'.repeat(1 - point) + digits : digits.padEnd(point, '0');
  const at = Math.max(point, 1);
  const head = padded.slice(0, at).replace(/^0+(?=\d)/, '');
  const tail = padded.slice(at).replace(/0+$/, '');
  return sign + (tail === '' ? head : `${head}.${tail}`);
}
