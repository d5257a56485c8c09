import { enclosedEnd, parseText } from './scan.ts';
import { toNumber } from './number-text.ts';
import type { JsonValue } from './value.ts';
import { matchesWildcard } from './wildcard.ts';

/** `path op value`, as it stands within `#(…)`. */
export interface Query {
  readonly path: string;
  readonly operator: string;
  readonly operand: string;
}

const operators = ['==', '!=', '<=', '>=', '!%', '=', '<', '>', '%'];

export function parseQuery(text: string): Query {
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === '\\') at++;
    else if ('([{"'.includes(character)) at = enclosedEnd(text, at) - 1;
    else {
      const operator = operators.find((candidate) => text.startsWith(candidate, at));
      if (operator) return { path: text.slice(0, at).trim(), ...operation(operator, text.slice(at + operator.length)) };
    }
  }
  return { path: text.trim(), operator: '', operand: '' };
}

function operation(operator: string, text: string): Pick<Query, 'operator' | 'operand'> {
  const operand = text.trim();
  const isQuoted = operand.startsWith('"') && operand.endsWith('"') && operand.length > 1;
  return { operator: operator === '==' ? '=' : operator, operand: isQuoted ? parseText(operand).text : operand };
}

/** Whether a value, which may be absent, is what the query asks for. */
export function matchesQuery({ operator, operand }: Query, value: JsonValue): boolean {
  if (operand.startsWith('~')) return matchesTruth(operator, operand.slice(1), value);
  if (!value.exists) return false;
  if (operator === '') return true;
  switch (value.type) {
    case 'string':
      return matchesText(operator, operand, value.text);
    case 'number':
      return compare(operator, toNumber(value.raw), toNumber(operand));
    case 'true':
    case 'false':
      return matchesBoolean(operator, operand, value.type);
    default:
      return false;
  }
}

/** `~true` and its like ask what a value amounts to, and then compare with `true`. */
function matchesTruth(operator: string, kind: string, value: JsonValue): boolean {
  const truths: Readonly<Record<string, () => boolean>> = {
    '*': () => value.exists,
    null: () => value.type === 'null',
    true: () => isTrue(value),
    false: () => isFalse(value),
  };
  const truth = Object.hasOwn(truths, kind) ? truths[kind] : undefined;
  if (!truth) return false;
  return operator === '' || matchesBoolean(operator, 'true', truth() ? 'true' : 'false');
}

function isTrue(value: JsonValue): boolean {
  if (value.type === 'string') return ['1', 't', 'true'].includes(value.text.toLowerCase());
  return value.type === 'true' || (value.type === 'number' && toNumber(value.raw) !== 0);
}

function isFalse(value: JsonValue): boolean {
  if (value.type === 'string') return ['0', 'f', 'false'].includes(value.text.toLowerCase());
  return value.type === 'false' || value.type === 'null' || (value.type === 'number' && toNumber(value.raw) === 0);
}

function matchesText(operator: string, operand: string, text: string): boolean {
  if (operator === '%') return matchesWildcard(text, operand);
  if (operator === '!%') return !matchesWildcard(text, operand);
  return compare(operator, Buffer.compare(Buffer.from(text), Buffer.from(operand)), 0);
}

function compare(operator: string, left: number, right: number): boolean {
  switch (operator) {
    case '=':
      return left === right;
    case '!=':
      return left !== right;
    case '<':
      return left < right;
    case '<=':
      return left <= right;
    case '>':
      return left > right;
    case '>=':
      return left >= right;
    default:
      return false;
  }
}

function matchesBoolean(operator: string, operand: string, value: 'true' | 'false'): boolean {
  const other = value === 'true' ? 'false' : 'true';
  const [strict, inclusive] = value === 'true' ? ['>', '>='] : ['<', '<='];
  if (operator === '=') return operand === value;
  if (operator === '!=') return operand !== value;
  if (operator === strict) return operand === other;
  return operator === inclusive;
}
