import { tally } from './render-table.ts';
import { isExternalSecret, type Row, type Snapshot, subjectOf } from './snapshot.ts';
import { printable } from './terminal-text.ts';

/** Everything in a few lines: the counts, then whatever is not in order. */
export function summary(snapshot: Snapshot): { text: string; inSync: boolean } {
  const { counts, rows, problems } = snapshot;
  const head = `${tally('ExternalSecret', counts.externalSecrets, 'in sync')}, ${tally('store', counts.stores, 'ready')}`;
  const open = rows.filter(({ ready }) => ready !== 'True').map(reasonLine);
  const wrong = problems.map(({ where, message }) => `${where}: ${message}`);
  const text = [head, ...[...open, ...wrong].map((line) => `  ${printable(line)}`)].join('\n');
  return { text, inSync: open.length + wrong.length === 0 };
}

/** The snapshot for programs: times as RFC 3339, fields that are not known left out. */
export function toJson(snapshot: Snapshot): string {
  const { at, rows, problems, counts } = snapshot;
  const report = {
    at: new Date(at).toISOString(),
    inSync: summary(snapshot).inSync,
    counts,
    externalSecrets: rows.filter(isExternalSecret).map(jsonRow),
    stores: rows.filter((row) => !isExternalSecret(row)).map(jsonRow),
    problems,
  };
  return JSON.stringify(report, undefined, 2);
}

function reasonLine(row: Row): string {
  if (row.ready === undefined) return `${subjectOf(row)}: waiting`;
  return `${subjectOf(row)}: ${row.reason ?? `Ready ${row.ready}`}${row.message ? `, ${row.message}` : ''}`;
}

function jsonRow({ lastSync, nextSync, lastChange, ...row }: Row): object {
  const time = (at: number | undefined) => (at === undefined ? undefined : new Date(at).toISOString());
  return { ...row, lastSync: time(lastSync), nextSync: time(nextSync), lastChange: time(lastChange) };
}
