import { isExternalSecret, type Problem, type Row, type Snapshot, subjectOf } from './snapshot.ts';
import { printable } from './terminal-text.ts';

/**
 * What changed from one snapshot to the next, a line each, for outputs that cannot be redrawn. A refresh that found
 * nothing new is no change.
 */
export function changeLines(before: Snapshot | undefined, after: Snapshot): string[] {
  const time = new Date(after.at).toISOString();
  const old = new Map(before?.rows.map((row) => [subjectOf(row), row]));
  const current = new Set(after.rows.map(subjectOf));
  const changed = after.rows.filter((row) => differs(old.get(subjectOf(row)), row)).map(rowLine);
  const gone = [...old.keys()].filter((subject) => !current.has(subject)).map((subject) => `${subject}: deleted`);
  const known = new Set(before?.problems.map(problemLine));
  const problems = after.problems.map(problemLine).filter((line) => !known.has(line));
  return [...changed, ...gone, ...problems].map((line) => `${time} ${printable(line)}`);
}

function differs(before: Row | undefined, after: Row): boolean {
  if (!before) return true;
  const fields = ['ready', 'reason', 'message', 'store', 'keys', 'lastChange', 'target'] as const;
  return fields.some((field) => before[field] !== after[field]);
}

function rowLine(row: Row): string {
  const status = row.ready === undefined ? 'waiting' : (row.reason ?? `Ready ${row.ready}`);
  const isFine = row.ready === 'True';
  const detail = isFine ? contentOf(row) : (row.message ?? '');
  return `${subjectOf(row)}: ${status}${detail === '' ? '' : `, ${detail}`}`;
}

function contentOf(row: Row): string {
  const keys = row.keys === undefined ? '' : `${row.keys} ${row.keys === 1 ? 'key' : 'keys'}`;
  const source = row.store === undefined ? '' : isExternalSecret(row) ? `from ${row.store}` : `provider ${row.store}`;
  const target = row.target === undefined ? '' : `to ${row.target}`;
  return [keys, source, target].filter((part) => part !== '').join(' ');
}

function problemLine({ where, message }: Problem): string {
  return `${where}: ${message}`;
}
