import { type Column, type FittedColumn, fitColumns, headerLine, joinCells, rowCells } from './columns.ts';
import { relativeTime } from './relative-time.ts';
import { type Counts, isExternalSecret, nameOf, type Row, type Snapshot } from './snapshot.ts';
import { printable, truncate, wrap } from './terminal-text.ts';

export interface RenderOptions {
  /** Cells of a line; no line is longer. */
  readonly width: number;
  /** No more lines than these; rows that are in order give way first. */
  readonly height?: number;
  readonly colour: boolean;
  readonly now: number;
  /** First line. */
  readonly title?: string;
}

type Style = 'plain' | 'bold' | 'dim' | 'green' | 'red' | 'yellow';

const codes: Record<Style, string> = { plain: '0', bold: '1', dim: '2', green: '32', red: '31', yellow: '33' };
const errorLines = 3;
const markWidth = 2;
/** How long a row that was just written stands out. */
const freshMs = 3000;

/** The table as lines, each at most `width` cells wide. Pure: the same snapshot and options give the same lines. */
export function renderTable(snapshot: Snapshot, options: RenderOptions): string[] {
  const lines = allLines(snapshot, options);
  const { height } = options;
  if (height === undefined || lines.length <= height) return lines;
  const hidden = hiddenRows(snapshot.rows, lines.length - height + 1);
  const shown = allLines({ ...snapshot, rows: snapshot.rows.filter((row) => !hidden.has(row)) }, options);
  const note = truncate('  … a taller window shows all rows', options.width);
  return [...shown.slice(0, Math.max(0, height - 1)), paint(note, 'dim', options)];
}

function allLines(snapshot: Snapshot, options: RenderOptions): string[] {
  const secrets = snapshot.rows.filter(isExternalSecret);
  const stores = snapshot.rows.filter((row) => !isExternalSecret(row));
  const title =
    options.title === undefined ? [] : [paint(truncate(printable(options.title), options.width), 'bold', options)];
  const sections = [
    [...title, headline(snapshot, options)],
    section(stores, storeColumns, options),
    section(secrets, secretColumns(options.now), options),
    problemLines(snapshot, options),
  ].filter((lines) => lines.length > 0);
  return sections.flatMap((lines, index) => (index === 0 ? lines : ['', ...lines]));
}

/** Rows that are in order give way, stores first, the last ones first. Each takes one line. */
function hiddenRows(rows: readonly Row[], count: number): ReadonlySet<Row> {
  const inOrder = rows.filter(({ ready }) => ready === 'True');
  const byInterest = [...inOrder.filter(isExternalSecret), ...inOrder.filter((row) => !isExternalSecret(row))];
  return new Set(byInterest.slice(-count));
}

const storeColumns: readonly Column<Row>[] = [
  { title: 'STORE', text: (row) => printable(`${row.kind} ${nameOf(row)}`), least: 20 },
  { title: 'PROVIDER', text: (row) => printable(row.store ?? ''), least: 6, rank: 2 },
  { title: 'STATUS', text: statusOf, least: 12 },
];

function secretColumns(now: number): readonly Column<Row>[] {
  const time = (at: number | undefined) => (at === undefined ? '–' : relativeTime(at, now));
  const next = (at: number | undefined) => (at !== undefined && at < now ? 'now' : time(at));
  return [
    { title: 'EXTERNAL SECRET', text: (row) => printable(nameOf(row)), least: 24 },
    { title: 'FROM', text: (row) => printable(row.store ?? ''), least: 12, rank: 4 },
    { title: 'KEYS', text: (row) => (row.keys === undefined ? '–' : String(row.keys)), align: 'right', rank: 3 },
    { title: 'STATUS', text: statusOf, least: 12 },
    { title: 'SYNCED', text: (row) => time(row.lastSync), rank: 6 },
    { title: 'NEXT', text: (row) => next(row.nextSync), rank: 5 },
    { title: 'CHANGED', text: (row) => (row.lastChange === undefined ? '' : time(row.lastChange)), rank: 2 },
    { title: 'TO', text: (row) => printable(row.target ?? ''), least: 16, rank: 1, cut: 'start' },
  ];
}

function statusOf({ ready, reason }: Row): string {
  return ready === undefined ? 'waiting' : printable(reason ?? `Ready ${ready}`);
}

function section(rows: readonly Row[], columns: readonly Column<Row>[], options: RenderOptions): string[] {
  if (rows.length === 0) return [];
  const fitted = fitColumns(columns, rows, options.width - markWidth);
  const header = truncate(`  ${headerLine(fitted)}`, options.width);
  return [paint(header, 'dim', options), ...rows.flatMap((row) => rowLines(row, fitted, options))];
}

function rowLines(row: Row, columns: readonly FittedColumn<Row>[], options: RenderOptions): string[] {
  const { mark, style } = appearance(row);
  const isFresh = row.lastChange !== undefined && options.now - row.lastChange < freshMs;
  const cells = rowCells(columns, row).map((cell, index) => {
    if (columns[index]?.title === 'STATUS') return paint(cell, style, options);
    return isFresh ? paint(cell, 'bold', options) : cell;
  });
  const width = options.width - markWidth;
  const line = `${paint(mark, style, options)} ${joinCells(cells)}`;
  if (row.ready === 'True' || !row.message) return [line];
  const message = wrap(printable(row.message), width - markWidth, errorLines);
  return [line, ...message.map((text) => paint(`    ${text}`, row.ready === 'False' ? 'red' : 'yellow', options))];
}

function appearance({ ready }: Row): { mark: string; style: Style } {
  if (ready === 'True') return { mark: '✓', style: 'green' };
  return ready === 'False' ? { mark: '✗', style: 'red' } : { mark: '·', style: 'yellow' };
}

function headline({ counts }: Snapshot, options: RenderOptions): string {
  const parts = [tally('ExternalSecret', counts.externalSecrets, 'in sync'), tally('store', counts.stores, 'ready')];
  const isGood = [counts.externalSecrets, counts.stores].every(({ failed, pending }) => failed + pending === 0);
  return paint(truncate(parts.join(', '), options.width), isGood ? 'green' : 'bold', options);
}

/** `3 of 4 stores ready` */
export function tally(noun: string, { ready, failed, pending }: Counts, state: string): string {
  const all = ready + failed + pending;
  return `${ready} of ${all} ${noun}${all === 1 ? '' : 's'} ${state}`;
}

function problemLines({ problems }: Snapshot, options: RenderOptions): string[] {
  if (problems.length === 0) return [];
  const lines = problems.flatMap(({ where, message }) => {
    const text = wrap(printable(`${where}: ${message}`), options.width - markWidth, errorLines);
    return text.map((line, index) => paint(`${index === 0 ? '!' : ' '} ${line}`, 'red', options));
  });
  return [paint(truncate('  MANIFESTS', options.width), 'dim', options), ...lines];
}

function paint(text: string, style: Style, { colour }: RenderOptions): string {
  return colour && style !== 'plain' ? `\u001b[${codes[style]}m${text}\u001b[0m` : text;
}
